package policy

import (
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// VisibilityOf returns to whom a field is shown, nil where to whoever may call.
func VisibilityOf(f protoreflect.FieldDescriptor) *policyv1.Visibility {
	if !proto.HasExtension(f.Options(), policyv1.E_Visible) {
		return nil
	}
	return proto.GetExtension(f.Options(), policyv1.E_Visible).(*policyv1.Visibility)
}

// Curtain leaves out of answers what the roles of a caller do not see. What it has
// read of a type of message it keeps. The zero Curtain is ready.
type Curtain struct {
	types sync.Map // full name → *sight
	open  bool     // hides nothing; tests see by it what the curtain keeps back
}

// sight is what a type of message has to leave out: fields of its own, and fields
// with messages in which there is something.
type sight struct {
	fields []protoreflect.FieldDescriptor
	inner  []protoreflect.FieldDescriptor
}

// Show returns the message as roles see it: m itself where they see all of it, else
// a copy.
func (c *Curtain) Show(m proto.Message, roles []policyv1.Role) proto.Message {
	s := c.of(m.ProtoReflect().Descriptor())
	if c.open || len(s.fields) == 0 && len(s.inner) == 0 {
		return m
	}
	m = proto.Clone(m)
	c.apply(m.ProtoReflect(), roles)
	return m
}

func (c *Curtain) apply(m protoreflect.Message, roles []policyv1.Role) {
	s := c.of(m.Descriptor())
	for _, f := range s.fields {
		v := VisibilityOf(f)
		if m.Has(f) && !slices.ContainsFunc(v.GetRoles(), func(r policyv1.Role) bool { return slices.Contains(roles, r) }) {
			coarsen(m, f, v.GetCoarse())
		}
	}
	for _, f := range s.inner {
		switch {
		case !m.Has(f):
		case f.IsMap():
			m.Mutable(f).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				c.apply(v.Message(), roles)
				return true
			})
		case f.IsList():
			for list, i := m.Mutable(f).List(), 0; i < list.Len(); i++ {
				c.apply(list.Get(i).Message(), roles)
			}
		default:
			c.apply(m.Mutable(f).Message(), roles)
		}
	}
}

// coarsen leaves of a field what everybody may see.
func coarsen(m protoreflect.Message, f protoreflect.FieldDescriptor, how policyv1.Coarse) {
	switch how {
	case policyv1.Coarse_COARSE_DAY:
		t, ok := m.Get(f).Message().Interface().(*timestamppb.Timestamp)
		if !ok {
			m.Clear(f)
			return
		}
		m.Set(f, protoreflect.ValueOfMessage(timestamppb.New(t.AsTime().Truncate(24*time.Hour)).ProtoReflect()))
	case policyv1.Coarse_COARSE_SHOWN_AS:
		v := f.Enum().Values().ByNumber(m.Get(f).Enum())
		if v == nil {
			m.Clear(f)
			return
		}
		if proto.HasExtension(v.Options(), policyv1.E_ShownAs) {
			as := proto.GetExtension(v.Options(), policyv1.E_ShownAs).(int32)
			m.Set(f, protoreflect.ValueOfEnum(protoreflect.EnumNumber(as)))
		}
	default:
		m.Clear(f)
	}
}

// of reads what a type has to leave out, once.
func (c *Curtain) of(d protoreflect.MessageDescriptor) *sight {
	if s, ok := c.types.Load(d.FullName()); ok {
		return s.(*sight)
	}
	s := look(d)
	c.types.Store(d.FullName(), s)
	return s
}

func look(d protoreflect.MessageDescriptor) *sight {
	s := &sight{}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if VisibilityOf(f) != nil {
			s.fields = append(s.fields, f)
		}
		if inner := messageOf(f); inner != nil && hides(inner, map[protoreflect.FullName]bool{}) {
			s.inner = append(s.inner, f)
		}
	}
	return s
}

// hides reports whether there is something to leave out in a type or in those
// inside of it.
func hides(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[d.FullName()] {
		return false
	}
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if VisibilityOf(f) != nil {
			return true
		}
		if inner := messageOf(f); inner != nil && hides(inner, seen) {
			return true
		}
	}
	return false
}

// messageOf is the type of the messages in a field, nil for other fields.
func messageOf(f protoreflect.FieldDescriptor) protoreflect.MessageDescriptor {
	if f.IsMap() {
		return f.MapValue().Message()
	}
	return f.Message()
}
