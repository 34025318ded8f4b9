package resource_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Every resource of the contract has its form here, and no form of name.go is
// missing in the contract.
func TestTheFormsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	want := map[string]string{} // pattern → message
	for m := range messages() {
		if r, ok := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor); ok && r != nil {
			if len(r.GetPattern()) != 1 || r.GetType() != "solidarity/"+string(m.Name()) {
				t.Errorf("%s is %s, %v", m.FullName(), r.GetType(), r.GetPattern())
			}
			want[r.GetPattern()[0]] = string(m.FullName())
		}
	}
	got := forms(t, "name.go")
	if patterns := slices.Sorted(maps.Keys(want)); !slices.Equal(got, patterns) {
		t.Errorf("name.go has %q, the contract %q", got, patterns)
	}
	for _, form := range forms(t, "ours.go") {
		if m, ok := want[form]; ok {
			t.Errorf("%s is %s of the contract, and belongs into name.go", form, m)
		}
	}
}

// bound are the names in the paths of REST: {name=families/*/contacts/*}.
var bound = regexp.MustCompile(`\{(?:[a-z_.]*\.)?(?:name|parent)=([^}]+)\}`)

func TestTheNamesInThePathsOfRESTHaveForms(t *testing.T) {
	t.Parallel()
	known, seen := map[string]bool{}, 0
	for _, form := range append(forms(t, "name.go"), forms(t, "ours.go")...) {
		known[regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllString(form, "*")] = true
	}
	for method := range methods() {
		rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		for _, r := range append(rule.GetAdditionalBindings(), rule) {
			path := r.GetGet() + r.GetPost() + r.GetPatch() + r.GetDelete() + r.GetPut()
			for _, found := range bound.FindAllStringSubmatch(path, -1) {
				if seen++; !known[found[1]] {
					t.Errorf("%s: %s has no form", method.FullName(), found[1])
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d names were found", seen)
	}
}

// messages are all of the contract, nested ones too.
func messages() map[protoreflect.MessageDescriptor]bool {
	all := map[protoreflect.MessageDescriptor]bool{}
	var add func(list protoreflect.MessageDescriptors)
	add = func(list protoreflect.MessageDescriptors) {
		for i := range list.Len() {
			all[list.Get(i)] = true
			add(list.Get(i).Messages())
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(f.Package()), "solidarity.") {
			add(f.Messages())
		}
		return true
	})
	return all
}

func methods() map[protoreflect.MethodDescriptor]bool {
	all := map[protoreflect.MethodDescriptor]bool{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			list := f.Services().Get(i).Methods()
			for j := range list.Len() {
				all[list.Get(j)] = true
			}
		}
		return true
	})
	return all
}

// forms are the patterns that a file of the package has, in order.
func forms(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && strings.Contains(lit.Value, "/{") {
			form, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, form)
		}
		return true
	})
	slices.Sort(list)
	return list
}

// names and childNames are the forms of one id and of two.
func names(t *testing.T) (list []resource.Name) {
	for _, form := range append(forms(t, "name.go"), forms(t, "ours.go")...) {
		if strings.Count(form, "{") == 1 {
			list = append(list, resource.Name(form))
		}
	}
	return list
}

func childNames(t *testing.T) (list []resource.ChildName) {
	for _, form := range append(forms(t, "name.go"), forms(t, "ours.go")...) {
		if strings.Count(form, "{") == 2 {
			list = append(list, resource.ChildName(form))
		}
	}
	return list
}
