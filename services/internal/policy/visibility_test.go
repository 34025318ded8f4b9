package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// full fills every field of a message, and of those in it, down to a depth.
func full(m protoreflect.Message, depth int) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		switch {
		case f.IsMap() || depth == 0:
		case f.Message() != nil && f.IsList():
			full(m.Mutable(f).List().AppendMutable().Message(), depth-1)
		case f.Message() != nil && f.Message().FullName() == "google.protobuf.Timestamp":
			m.Set(f, protoreflect.ValueOfMessage(timestamppb.New(time.Date(2026, 11, 24, 13, 14, 15, 0, time.UTC)).ProtoReflect()))
		case f.Message() != nil:
			full(m.Mutable(f).Message(), depth-1)
		case f.IsList():
			m.Mutable(f).List().Append(scalar(f))
		default:
			m.Set(f, scalar(f))
		}
	}
}

// scalar is a value of a field that is not its zero.
func scalar(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString("x")
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte("x"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len() - 1).Number())
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1)
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(1)
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(1)
	default:
		return protoreflect.ValueOfInt32(1)
	}
}

// seen lists what of a message is shown to a role that must not see it, and counts what
// is kept back.
func seen(m protoreflect.Message, role policyv1.Role) (shown []string, hidden int) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		if v := policy.VisibilityOf(f); v != nil && !slices.Contains(v.GetRoles(), role) {
			hidden++
			switch v.GetCoarse() {
			case policyv1.Coarse_COARSE_UNSPECIFIED:
				if m.Has(f) {
					shown = append(shown, fmt.Sprintf("%s is shown to %s", f.FullName(), role))
				}
			case policyv1.Coarse_COARSE_DAY:
				at := m.Get(f).Message().Interface().(*timestamppb.Timestamp).AsTime()
				if m.Has(f) && !at.Equal(at.Truncate(24*time.Hour)) {
					shown = append(shown, fmt.Sprintf("%s is shown to %s: %s", f.FullName(), role, at))
				}
			}
		}
		switch {
		case f.Message() == nil || f.IsMap() || !m.Has(f):
		case f.IsList():
			for list, j := m.Get(f).List(), 0; j < list.Len(); j++ {
				more, n := seen(list.Get(j).Message(), role)
				shown, hidden = append(shown, more...), hidden+n
			}
		default:
			more, n := seen(m.Get(f).Message(), role)
			shown, hidden = append(shown, more...), hidden+n
		}
	}
	return shown, hidden
}

// everything shows every message of the contract, filled, to each single role through a
// curtain. It lists what a role must not see, and counts what is kept back from each.
func everything(t *testing.T, c *policy.Curtain) (shown []string, hidden map[policyv1.Role]int) {
	t.Helper()
	hidden = map[policyv1.Role]int{}
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if !strings.HasPrefix(string(mt.Descriptor().FullName()), "solidarity.") {
			return true
		}
		m := mt.New()
		full(m, 4)
		before := proto.Clone(m.Interface())
		for number := range policyv1.Role_name {
			role := policyv1.Role(number)
			more, n := seen(c.Show(m.Interface(), []policyv1.Role{role}).ProtoReflect(), role)
			shown, hidden[role] = append(shown, more...), hidden[role]+n
		}
		if !proto.Equal(before, m.Interface()) {
			t.Errorf("%s: what the handler holds was changed", mt.Descriptor().FullName())
		}
		return true
	})
	return shown, hidden
}

func TestNoMessageShowsARoleWhatItMustNotSee(t *testing.T) {
	t.Parallel()
	shown, hidden := everything(t, new(policy.Curtain))
	for _, what := range shown {
		t.Error(what)
	}
	if auditor, treasurer := hidden[policyv1.Role_ROLE_AUDITOR], hidden[policyv1.Role_ROLE_TREASURER]; auditor < 60 || treasurer >= auditor {
		t.Errorf("hidden: %v", hidden)
	}
	// With the curtain open it all would be seen.
	if shown, _ := everything(t, policy.Open()); len(shown) < 60 {
		t.Errorf("through an open curtain %d things are seen that must not be", len(shown))
	}
}

// lethal lists the fields of a message, and of those in it, that are lethal and do not
// say to whom they are shown.
func lethal(d protoreflect.MessageDescriptor, done map[protoreflect.FullName]bool) (list []string) {
	if done[d.FullName()] {
		return nil
	}
	done[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if policy.ClassOf(f) == policyv1.Class_CLASS_P3_LETHAL && policy.VisibilityOf(f) == nil {
			list = append(list, string(f.FullName()))
		}
		if inner := f.Message(); inner != nil {
			list = append(list, lethal(inner, done)...)
		}
	}
	return list
}

func TestWhatIsLethalSaysToWhomItIsShown(t *testing.T) {
	t.Parallel()
	answers := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			for j := range file.Services().Get(i).Methods().Len() {
				m := file.Services().Get(i).Methods().Get(j)
				p, err := policy.Of(m)
				if err != nil || len(p.GetRoles()) == 0 {
					continue // of services alone, which see everything
				}
				answers++
				for _, field := range lethal(m.Output(), map[protoreflect.FullName]bool{}) {
					t.Errorf("%s answers %s, which does not say to whom it is shown", m.FullName(), field)
				}
			}
		}
		return true
	})
	if answers < 80 {
		t.Errorf("%d answers for people", answers)
	}
	// What people bring, and are never told, does not say it: else the test sees nothing.
	if got := lethal((&disbursementsv1.ImportStatementRequest{}).ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{}); len(got) == 0 {
		t.Error("nothing lethal was found in a statement that somebody brings")
	}
}

func TestAnAuditorSeesAPaymentAsSettled(t *testing.T) {
	t.Parallel()
	// given
	p := &disbursementsv1.ListPaymentsResponse{Payments: []*disbursementsv1.Payment{{
		Name: "payments/y_1", Family: "families/f_1", State: disbursementsv1.PaymentState_PAYMENT_STATE_CONFIRMED,
	}}}
	var c policy.Curtain
	// when
	shown := c.Show(p, []policyv1.Role{policyv1.Role_ROLE_AUDITOR}).(*disbursementsv1.ListPaymentsResponse).GetPayments()[0]
	// then
	if shown.GetFamily() != "" || shown.GetName() != "payments/y_1" || shown.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED {
		t.Errorf("to the auditor: %v", shown)
	}
	all := c.Show(p, []policyv1.Role{policyv1.Role_ROLE_AUDITOR, policyv1.Role_ROLE_TREASURER})
	if !proto.Equal(all, p) {
		t.Errorf("to one who is a treasurer, too: %v", all)
	}
}
