package actiontest

import (
	"regexp"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Complete checks that the tables of a service's resources, by resource type
// ("solidarity/PaymentPlan"), hold just the verbs that the contract has for them: the
// RPCs whose path is a resource's name, a colon and the verb. Further ones without a
// path of their own, as those that stream, are named by unrouted.
func Complete(t testing.TB, pkg string, tables map[string]map[string]string, unrouted ...string) {
	t.Helper()
	patterns := patternsOf(pkg)
	want := map[string]map[string]string{}
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName(pkg), func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				m := f.Services().Get(i).Methods().Get(j)
				if kind, verb, ok := verbOf(m, patterns); ok {
					if want[kind] == nil {
						want[kind] = map[string]string{}
					}
					want[kind][verb] = "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
				}
			}
		}
		return true
	})
	for kind, verbs := range want {
		for verb, method := range verbs {
			if got := tables[kind][verb]; got != method {
				t.Errorf("%s:%s is %s in the contract, %q in the table", kind, verb, method, got)
			}
		}
	}
	for kind, verbs := range tables {
		for verb, method := range verbs {
			routed := want[kind][verb] != ""
			free := strings.Contains(strings.Join(unrouted, " ")+" ", kind+":"+verb+" ")
			if d, err := descriptor(method); err != nil || !routed && !free {
				t.Errorf("%s:%s (%s, %v) is not in the contract", kind, verb, method, d)
			}
		}
	}
}

// patternsOf are the resource types of a package that say what can be done with them,
// by their pattern with stars.
func patternsOf(pkg string) map[string]string {
	list := map[string]string{}
	var collect func(protoreflect.MessageDescriptors)
	collect = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			m := messages.Get(i)
			collect(m.Messages())
			r, ok := proto.GetExtension(m.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
			if !ok || r == nil {
				continue
			}
			for _, p := range r.GetPattern() {
				list[variable.ReplaceAllString(p, "*")] = r.GetType()
			}
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName(pkg), func(f protoreflect.FileDescriptor) bool {
		collect(f.Messages())
		return true
	})
	return list
}

var variable = regexp.MustCompile(`\{[^}]*\}`)

// path is what a verb's path is like.
var path = regexp.MustCompile(`\{name=([^}]+)\}:(\w+)$`)

func verbOf(m protoreflect.MethodDescriptor, patterns map[string]string) (kind, verb string, ok bool) {
	rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	at := path.FindStringSubmatch(rule.GetPost())
	if at == nil {
		return "", "", false
	}
	kind, ok = patterns[at[1]]
	return kind, at[2], ok
}
