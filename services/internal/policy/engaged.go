package policy

import (
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// EngagedBy returns how a field says whether an engagement reaches its message.
func EngagedBy(f protoreflect.FieldDescriptor) policyv1.Engaged {
	return proto.GetExtension(f.Options(), policyv1.E_Engaged).(policyv1.Engaged)
}

// Narrowing leaves out of answers what an auditor's engagement does not reach. What it
// has read of a type of message it keeps. The zero Narrowing is ready.
type Narrowing struct {
	types sync.Map // full name → reach
}

// reach are the fields by which a type says what it is about.
type reach struct {
	days, funds []protoreflect.FieldDescriptor
}

// told reports whether a type says what an engagement must know of it.
func (r reach) told(t identity.Terms) bool {
	return (!t.OfDays() || len(r.days) > 0) && (!t.OfFunds() || len(r.funds) > 0)
}

// Narrow returns an answer as the engagement reaches it: m itself where it reaches all
// of it, a copy of a list without what it does not. Of a resource beyond it the fault is
// NOT_FOUND; of what does not say how far it goes, ENGAGEMENT_NARROWER.
func (n *Narrowing) Narrow(m proto.Message, t identity.Terms) (proto.Message, error) {
	if t.Whole() {
		return m, nil
	}
	answer := m.ProtoReflect()
	if r := n.of(answer.Descriptor()); r.told(t) {
		if !reaches(answer, r, t) {
			return nil, fault.Missing("resource")
		}
		return m, nil
	}
	lists, all := n.lists(answer.Descriptor(), t)
	if len(lists) == 0 || !all {
		return nil, Narrower()
	}
	out := proto.Clone(m).ProtoReflect()
	for _, f := range lists {
		keep(out, f, n.of(f.Message()), t)
	}
	return out.Interface(), nil
}

// Narrower is the fault of an answer that is about more than an engagement.
func Narrower() *fault.Fault {
	return fault.New(fault.PermissionDenied, fault.ReasonEngagementNarrower, "The answer is about more than you are engaged for.")
}

// lists returns the lists of an answer whose elements say how far they go, and whether
// nothing else in it holds messages.
func (n *Narrowing) lists(d protoreflect.MessageDescriptor, t identity.Terms) (lists []protoreflect.FieldDescriptor, all bool) {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		switch {
		case f.Message() == nil:
		case f.IsList() && n.of(f.Message()).told(t):
			lists = append(lists, f)
		default:
			return nil, false
		}
	}
	return lists, true
}

// keep leaves in a list what an engagement reaches.
func keep(m protoreflect.Message, f protoreflect.FieldDescriptor, r reach, t identity.Terms) {
	if !m.Has(f) {
		return
	}
	list := m.Mutable(f).List()
	kept := 0
	for i := range list.Len() {
		if e := list.Get(i); reaches(e.Message(), r, t) {
			list.Set(kept, e)
			kept++
		}
	}
	list.Truncate(kept)
}

// reaches reports whether all days and funds of a message are looked at. One that names
// none of a kind that is asked for is not.
func reaches(m protoreflect.Message, r reach, t identity.Terms) bool {
	for _, f := range r.days {
		if t.OfDays() && !t.Reaches(dayOf(m, f)) {
			return false
		}
	}
	for _, f := range r.funds {
		if !covers(m, f, t) {
			return false
		}
	}
	return true
}

// dayOf reads a day or a time; what is not set is no day, which no period holds.
func dayOf(m protoreflect.Message, f protoreflect.FieldDescriptor) string {
	const never = "!"
	if !m.Has(f) {
		return never
	}
	if f.Kind() == protoreflect.StringKind {
		return m.Get(f).String()
	}
	if at, ok := m.Get(f).Message().Interface().(*timestamppb.Timestamp); ok {
		return at.AsTime().UTC().Format(time.DateOnly)
	}
	return never
}

func covers(m protoreflect.Message, f protoreflect.FieldDescriptor, t identity.Terms) bool {
	if !f.IsList() {
		return t.Covers(m.Get(f).String())
	}
	list := m.Get(f).List()
	for i := range list.Len() {
		if !t.Covers(list.Get(i).String()) {
			return false
		}
	}
	return list.Len() > 0 || !t.OfFunds()
}

// of reads what a type says of itself, once.
func (n *Narrowing) of(d protoreflect.MessageDescriptor) reach {
	if r, ok := n.types.Load(d.FullName()); ok {
		return r.(reach)
	}
	var r reach
	for i := range d.Fields().Len() {
		switch f := d.Fields().Get(i); EngagedBy(f) {
		case policyv1.Engaged_ENGAGED_DAY:
			r.days = append(r.days, f)
		case policyv1.Engaged_ENGAGED_FUND:
			r.funds = append(r.funds, f)
		}
	}
	n.types.Store(d.FullName(), r)
	return r
}
