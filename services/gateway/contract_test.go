package gateway_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/solidarity-fund/solidarity/api/openapi"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
)

// example fills the variables of a path pattern.
func example(pattern string) string {
	filled := regexp.MustCompile(`\{[^=}]*=([^}]*)\}`).ReplaceAllString(pattern, "$1")
	return strings.ReplaceAll(filled, "*", "x_1")
}

func TestEveryPathOfTheContractIsServed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	routes, err := route.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(routes) < 50 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, key := range slices.Sorted(maps.Keys(routes)) {
		method, pattern, _ := strings.Cut(key, " ")
		a := b.do(method, example(pattern), "")
		if a.field("reason") == "NO_SUCH_PATH" || a.status == http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", key, a.status)
		}
		if a.status >= 400 && a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: status %d is no problem document: %s", key, a.status, a.body)
		}
	}
}

func TestTheDescriptionKnowsNoPathThatIsNotServed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var api struct {
		OpenAPI string
		Paths   map[string]map[string]struct{}
	}
	if err := yaml.Unmarshal(openapi.YAML(), &api); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(api.OpenAPI, "3.") || len(api.Paths) < 40 {
		t.Fatalf("version %q with %d paths", api.OpenAPI, len(api.Paths))
	}
	variable := regexp.MustCompile(`\{[^}]*\}`)
	for path, methods := range api.Paths {
		for method := range methods {
			path := strings.NewReplacer("{level}", "0", "{tile}", "001", "{size}", "1", "{from}", "1").Replace(path)
			a := b.do(strings.ToUpper(method), variable.ReplaceAllString(path, "x_1"), "")
			if a.field("reason") == "NO_SUCH_PATH" || a.status == http.StatusMethodNotAllowed {
				t.Errorf("%s %s: status %d", method, path, a.status)
			}
		}
	}
}

func TestEveryMethodOfTheContractIsDescribed(t *testing.T) {
	t.Parallel()
	routes, err := route.Load()
	if err != nil {
		t.Fatal(err)
	}
	for key, r := range routes {
		name := string(r.RPC.Name())
		id := "operationId: " + strings.ToLower(name[:1]) + name[1:] + "\n"
		if !strings.Contains(string(openapi.YAML()), id) {
			t.Errorf("%s is not described: the description is out of date", key)
		}
	}
}

func TestThePageShowsEveryPathWithoutScripts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	page := b.do("GET", "/docs", "")
	if page.status != http.StatusOK || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, %s", page.status, page.header.Get("Content-Type"))
	}
	for _, want := range []string{"/v1/pledges", "createPledge", "currencyCode", "/docs/style.css"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(page.body, "<script") || strings.Contains(page.body, "https://") && strings.Contains(page.body, `src="https://`) {
		t.Error("the page has a script, or loads from elsewhere")
	}
	for path, kind := range map[string]string{
		"/openapi.yaml": "application/yaml; charset=utf-8", "/docs/style.css": "text/css; charset=utf-8",
		"/receipt-token.js": "text/javascript; charset=utf-8",
	} {
		if a := b.do("GET", path, "", "Authorization: "); a.status != 200 || a.header.Get("Content-Type") != kind {
			t.Errorf("%s: status %d, %s", path, a.status, a.header.Get("Content-Type"))
		}
	}
}

func TestThePageListsServicesByWhomTheyAreFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	page := b.do("GET", "/docs", "").body
	at := 0
	for _, want := range []string{
		">Partners</h2>", ">Pledge</h3>", ">Donors and families</h2>", ">Receipt</h3>", ">Staff: families</h2>", ">Aid request</h3>",
		">Staff: money</h2>", ">Payment plan</h3>", ">Auditors</h2>", ">Ledger</h3>", ">Operators and officers</h2>", ">Staff</h3>",
	} {
		i := strings.Index(page[at:], want)
		if i < 0 {
			t.Fatalf("%s does not stand behind what comes before it", want)
		}
		at += i
	}
}
