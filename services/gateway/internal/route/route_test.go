package route_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
)

func load(t *testing.T) route.Table {
	t.Helper()
	table, err := route.Load()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestARouteKnowsWhatItsPathBodyAndQueryFill(t *testing.T) {
	t.Parallel()
	table := load(t)
	for key, want := range map[string]struct {
		rpc, body  protoreflect.Name
		hasBody    bool
		bodyField  string
		pathFields []string
		taken      map[protoreflect.Name]bool
	}{
		"POST /v1/{parent=families/*}/aidRequests": {
			"CreateAidRequest", "AidRequest", true, "aid_request", []string{"parent"},
			map[protoreflect.Name]bool{"aid_request": true, "parent": true, "request_id": false},
		},
		"POST /v1/{name=families/*}:suspend": {
			"SuspendFamily", "SuspendFamilyRequest", true, "", []string{"name"},
			map[protoreflect.Name]bool{"name": true, "reason": true, "request_id": true}, // the body is the whole request
		},
		"GET /v1/{name=families/*}": {
			"GetFamily", "GetFamilyRequest", false, "", []string{"name"},
			map[protoreflect.Name]bool{"name": true, "page_size": false},
		},
		"GET /v1/families": {
			"ListFamilies", "ListFamiliesRequest", false, "", nil,
			map[protoreflect.Name]bool{"page_size": false, "filter": false},
		},
		"POST /v1/pledges": {
			"CreatePledge", "Pledge", true, "pledge", nil,
			map[protoreflect.Name]bool{"pledge": true, "request_id": false},
		},
	} {
		r, ok := table[key]
		if !ok {
			t.Errorf("there is no %s", key)
			continue
		}
		if r.RPC.Name() != want.rpc || r.HasBody != want.hasBody || r.BodyField != want.bodyField || !slices.Equal(r.PathFields, want.pathFields) {
			t.Errorf("%s: %s, body %v %q, path %v", key, r.RPC.Name(), r.HasBody, r.BodyField, r.PathFields)
		}
		if got := r.Body().Name(); got != want.body {
			t.Errorf("%s takes a %s, want a %s", key, got, want.body)
		}
		for field, taken := range want.taken {
			if r.Taken(field) != taken {
				t.Errorf("%s: %s is taken: %v", key, field, !taken)
			}
		}
	}
}

func TestOnlyStandardCreatesCreate(t *testing.T) {
	t.Parallel()
	table := load(t)
	for key, want := range map[string]bool{
		"POST /v1/pledges": true, "POST /v1/{parent=families/*}/members": true,
		"POST /v1/{name=families/*}:submit": false, "GET /v1/families": false, "POST /v1/receipts:open": false,
	} {
		if got := table[key].RPC != nil && table[key].Creates(); got != want {
			t.Errorf("%s creates: %v", key, got)
		}
	}
}

// has reports whether a message has a field, "fund", or one inside of it, "fund.name".
func has(m protoreflect.MessageDescriptor, path string) bool {
	first, rest, inner := strings.Cut(path, ".")
	f := m.Fields().ByName(protoreflect.Name(first))
	return f != nil && (!inner || f.Message() != nil && has(f.Message(), rest))
}

// Each route has a policy, a path that is spelled as grpc-gateway names it, and fields
// that its request has.
func TestEveryRouteIsWhole(t *testing.T) {
	t.Parallel()
	for key, r := range load(t) {
		method, pattern, _ := strings.Cut(key, " ")
		if !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, method) || !strings.HasPrefix(pattern, "/v1/") {
			t.Errorf("%s is not a path of this API", key)
		}
		if r.Policy.GetScope() == policyv1.Scope_SCOPE_UNSPECIFIED || len(r.Policy.GetRoles()) == 0 {
			t.Errorf("%s is open to nobody, or has no scope", key)
		}
		if method == "GET" && r.HasBody {
			t.Errorf("%s takes a body", key)
		}
		for _, field := range append(slices.Clone(r.PathFields), r.BodyField) {
			if field != "" && !has(r.RPC.Input(), field) {
				t.Errorf("%s: the request has no %q", key, field)
			}
		}
		for _, v := range route.Variable.FindAllStringSubmatch(pattern, -1) {
			if v[2] == "" {
				t.Errorf("%s: the variable %s has no pattern", key, v[1])
			}
		}
	}
}

func TestABindingOfAnUnknownKindHasNoVerb(t *testing.T) {
	t.Parallel()
	for want, rule := range map[string]*annotations.HttpRule{
		"GET /a":    {Pattern: &annotations.HttpRule_Get{Get: "/a"}},
		"POST /b":   {Pattern: &annotations.HttpRule_Post{Post: "/b"}},
		"PATCH /c":  {Pattern: &annotations.HttpRule_Patch{Patch: "/c"}},
		"PUT /d":    {Pattern: &annotations.HttpRule_Put{Put: "/d"}},
		"DELETE /e": {Pattern: &annotations.HttpRule_Delete{Delete: "/e"}},
		" ":         {Pattern: &annotations.HttpRule_Custom{Custom: &annotations.CustomHttpPattern{Kind: "BREW", Path: "/f"}}},
	} {
		if method, template := route.Verb(rule); route.Key(method, template) != want {
			t.Errorf("%v: %q, %q", rule, method, template)
		}
	}
}
