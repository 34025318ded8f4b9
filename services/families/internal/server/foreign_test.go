package server_test

import (
	"regexp"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// anID is an id of this service's, "f_…" and its like.
var anID = regexp.MustCompile(`([a-z])_[0-9a-hjkmnp-tv-z]{26}`)

// aboutAbsent is a request about ids that do not exist.
func aboutAbsent(req proto.Message) proto.Message {
	absent := proto.Clone(req)
	m := absent.ProtoReflect()
	for i := range m.Descriptor().Fields().Len() {
		if f := m.Descriptor().Fields().Get(i); namesResource(f) {
			m.Set(f, protoreflect.ValueOfString(anID.ReplaceAllString(m.Get(f).String(), "${1}_00000000000000000000000000")))
		}
	}
	return absent
}

// Another caseworker's families, and what they have, are like absent ones, by every
// call of those who reach own cases only.
func TestWhatIsAnothersIsLikeWhatIsAbsent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stranger := b.connect(pavel, policyv1.Role_ROLE_CASEWORKER)
	tried := 0
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		rules, err := policy.Of(m)
		must(t, err)
		// Any caseworker registers families, and lists across families are empty.
		if rules.GetScope() != policyv1.Scope_SCOPE_CASE || m.Name() == "CreateFamily" || m.Name() == "ListFamilies" {
			return
		}
		req := c.given(b)
		_, theirs := invoke(t, stranger, m, req)
		_, nobodys := invoke(t, stranger, m, aboutAbsent(req))
		if !fault.OfKind(theirs, fault.NotFound) || theirs.Error() != nobodys.Error() {
			t.Errorf("%s: another's is %v, an absent one %v", m.Name(), theirs, nobodys)
		}
		tried++
		if _, err := invoke(t, c.as(b), m, req); err != nil {
			t.Errorf("%s by who may: %v", m.Name(), err)
		}
	})
	if tried < 14 {
		t.Errorf("%d calls were tried", tried)
	}
}

// Whoever reaches all families is told of absent ones alike, whatever they are of.
func TestWhatIsAbsentIsNotFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		req := c.given(b)
		absent := aboutAbsent(req)
		if proto.Equal(req, absent) || m.Name() == "CreateFamily" {
			return // it names nothing; a wrong prisoner is a wrong field
		}
		_, err := invoke(t, c.as(b), m, absent)
		if !fault.OfKind(err, fault.NotFound) {
			t.Errorf("%s with %v: %v", m.Name(), absent, err)
		}
	})
}

// A name that joins one family to what another has is a name of nothing.
func TestWhatOneFamilyHasIsNotAnothers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.family()
	other := b.another()
	tried := 0
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		f := m.Input().Fields().ByName("name")
		if f == nil {
			return
		}
		req := c.given(b)
		name := req.ProtoReflect().Get(f).String()
		if ids := anID.FindAllString(name, -1); len(ids) != 2 {
			return
		}
		mixed := proto.Clone(req)
		mixed.ProtoReflect().Set(f, protoreflect.ValueOfString(other+name[len(other):]))
		if _, err := invoke(t, c.as(b), m, mixed); !fault.OfKind(err, fault.NotFound) {
			t.Errorf("%s of %s: %v", m.Name(), mixed, err)
		}
		tried++
	})
	if tried < 7 {
		t.Errorf("%d calls were tried", tried)
	}
}
