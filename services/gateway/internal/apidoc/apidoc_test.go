package apidoc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/compiler/protogen"
)

func TestPathsAreSpeltAsClientsReadThem(t *testing.T) {
	t.Parallel()
	for template, want := range map[string]struct {
		path              string
		variables, fields []string
	}{
		"/v1/funds":                 {"/v1/funds", nil, nil},
		"/v1/staff:me":              {"/v1/staff:me", nil, nil},
		"/v1/{name=funds/*}":        {"/v1/funds/{fund}", []string{"fund"}, []string{"name"}},
		"/v1/{name=staff/*}:freeze": {"/v1/staff/{staff}:freeze", []string{"staff"}, []string{"name"}},
		"/v1/{name=families/*/aidRequests/*}:approve": {
			"/v1/families/{family}/aidRequests/{aidRequest}:approve", []string{"family", "aidRequest"}, []string{"name"}},
		"/v1/{parent=prisonerImports/*}/rows": {
			"/v1/prisonerImports/{prisonerImport}/rows", []string{"prisonerImport"}, []string{"parent"}},
		"/v1/{name=ledger/transactions/*}": {
			"/v1/ledger/transactions/{transaction}", []string{"transaction"}, []string{"name"}},
		"/v1/ledger/fundStatements/{fund_id}": {
			"/v1/ledger/fundStatements/{fundId}", []string{"fundId"}, []string{"fund_id"}},
	} {
		path, variables, fields := spell(template)
		if path != want.path || !cmp.Equal(variables, want.variables) || !cmp.Equal(fields, want.fields) {
			t.Errorf("%s: %s, %v, %v", template, path, variables, fields)
		}
	}
}

func TestACommentBecomesAText(t *testing.T) {
	t.Parallel()
	const comment = " Reads one fund. Never\n fails.\n\n Errors: none.\n"
	whole := text(protogen.Comments(comment))
	if whole != "Reads one fund. Never fails.\n\nErrors: none." || first(whole) != "Reads one fund" || rest(whole) != whole {
		t.Errorf("%q begins with %q", whole, first(whole))
	}
	if got := rest("Reads one fund."); got != "" {
		t.Errorf("a text of one sentence is said twice: %q", got)
	}
}

func TestASummaryDoesNotRepeatTheNameOfItsMethod(t *testing.T) {
	t.Parallel()
	for comment, want := range map[string]string{
		"GetFund returns one fund.": "Returns one fund.",
		"GetFunds them all.":        "GetFunds them all.",
		"GetFund ":                  "GetFund ",
		"Reads one fund.":           "Reads one fund.",
	} {
		if got := unnamed("GetFund", comment); got != want {
			t.Errorf("%q becomes %q, want %q", comment, got, want)
		}
	}
}

// The gateway's own tests see that it answers so.
func TestTheJournalIsATextOrAnArchive(t *testing.T) {
	t.Parallel()
	for _, r := range raws() {
		if r.id == "exportJournal" && !cmp.Equal(r.gives, []string{"text/plain", "application/zip"}) {
			t.Errorf("%v", r.gives)
		}
	}
}

func TestACollectionNamesItsOne(t *testing.T) {
	t.Parallel()
	for collection, want := range map[string]string{
		"families": "family", "funds": "fund", "staff": "staff", "aidRequests": "aidRequest", "entries": "entry", "": "",
	} {
		if got := singular(collection); got != want {
			t.Errorf("one of %s is a %s, want a %s", collection, got, want)
		}
	}
}

func TestFieldsAreSpeltAsJSONDoes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"page_size": "pageSize", "file_sha256": "fileSha256", "name": "name", "a_b_c": "aBC", "a__b": "aB"} {
		if got := camel(name); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
	if got := lower("CreatePledge"); got != "createPledge" {
		t.Errorf("CreatePledge becomes %s", got)
	}
}

// What is served by hand is described by hand: each has an answer, an error, a body
// where it takes one, and variables that stand in its path.
func TestWhatIsServedByHandIsDescribedWhole(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, r := range raws() {
		if ids[r.id] || r.id == "" || r.about == "" || r.status == "" || len(r.gives) == 0 || r.tag == "" {
			t.Errorf("%s %s: %+v", r.method, r.path, r)
		}
		ids[r.id] = true
		if first(r.about) == "" {
			t.Errorf("%s has no summary", r.id)
		}
		if r.method == "get" && len(r.takes) > 0 {
			t.Errorf("%s: a %s takes %v", r.id, r.method, r.takes)
		}
		for _, p := range r.parameters {
			if p.In == "path" && !strings.Contains(r.path, "{"+p.Name+"}") {
				t.Errorf("%s: %s is not in %s", r.id, p.Name, r.path)
			}
		}
	}
}
