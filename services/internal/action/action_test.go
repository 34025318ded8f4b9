package action_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// state is of a plan in these tests, which only says whose it is beside.
type state string

type object struct {
	state state
	maker string
}

const (
	approve = disbursementsv1.PaymentPlanService_ApprovePaymentPlan_FullMethodName
	submit  = disbursementsv1.PaymentPlanService_SubmitPaymentPlan_FullMethodName
)

func table() action.Table[state, object] {
	in := func(want state) func(identity.Caller, object) error {
		return func(c identity.Caller, o object) error {
			switch {
			case o.state != want:
				return fault.State("plan", string(o.state), "further")
			case o.maker == c.Person:
				return fault.SamePerson("do both")
			case o.maker == "done":
				return action.ErrNothing
			case o.maker == "":
				return errors.New("a plan that nobody made")
			}
			return nil
		}
	}
	return action.New(
		action.Act[state, object]{Verb: "submit", Method: submit, In: []state{"LOCKED"}, Shut: in("LOCKED")},
		action.Act[state, object]{Verb: "approve", Method: approve, In: []state{"IN_APPROVAL", "LOCKED"}, Shut: in("IN_APPROVAL")},
		action.Act[state, object]{Verb: "bless", Method: "/solidarity.disbursements.v1.PaymentPlanService/Bless", Shut: in("LOCKED")})
}

func caller(person string, roles ...policyv1.Role) identity.Caller {
	return identity.Caller{Person: person, Roles: roles}
}

func TestACallerIsToldWhatIsOpenAndWhatIsShutToThem(t *testing.T) {
	t.Parallel()
	both := caller("staff/s_a", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	resting := both
	resting.Resting = []policyv1.Role{policyv1.Role_ROLE_APPROVER}
	for _, test := range []struct {
		what    string
		caller  identity.Caller
		object  object
		allowed []string
		blocked map[string]string
	}{
		{"open", both, object{"LOCKED", "staff/s_b"}, []string{"submit"}, map[string]string{"approve": "ILLEGAL_STATE"}},
		{"of a role that rests", resting, object{"IN_APPROVAL", "staff/s_b"}, nil, map[string]string{"approve": "ROLE_RESTS", "submit": "ILLEGAL_STATE"}},
		{"where the role may rest", resting, object{"LOCKED", "staff/s_b"}, []string{"submit"}, map[string]string{"approve": "ILLEGAL_STATE"}},
		{"own", both, object{"IN_APPROVAL", "staff/s_a"}, nil, map[string]string{"approve": "SAME_PERSON", "submit": "ILLEGAL_STATE"}},
		{"of one role", caller("staff/s_a", policyv1.Role_ROLE_APPROVER), object{"IN_APPROVAL", "staff/s_b"}, []string{"approve"}, map[string]string{}},
		{"an auditor's", caller("staff/s_a", policyv1.Role_ROLE_AUDITOR), object{"LOCKED", "staff/s_b"}, nil, map[string]string{}},
		{"a service's", identity.Caller{Service: "donations"}, object{"LOCKED", "staff/s_b"}, nil, map[string]string{}},
		{"done", both, object{"LOCKED", "done"}, nil, map[string]string{"approve": "ILLEGAL_STATE"}},
		{"a defect's", caller("staff/s_a", policyv1.Role_ROLE_APPROVER), object{"IN_APPROVAL", ""}, nil, map[string]string{"approve": "INTERNAL"}},
	} {
		allowed, blocked := table().Of(test.caller, test.object)
		got := map[string]string{}
		for _, b := range blocked {
			got[b.GetAction()] = b.GetReason()
		}
		if diff := cmp.Diff(test.allowed, allowed) + cmp.Diff(test.blocked, got); diff != "" {
			t.Errorf("%s:\n%s", test.what, diff)
		}
	}
}

// beyond are the verbs that a table tells some single role of although the policy of
// their RPC does not name it.
func beyond(t action.Table[state, object]) []string {
	var list []string
	for number := range policyv1.Role_name {
		role := policyv1.Role(number)
		for _, s := range []state{"LOCKED", "IN_APPROVAL"} {
			allowed, blocked := t.Of(caller("staff/s_a", role), object{s, "staff/s_b"})
			for _, b := range blocked {
				allowed = append(allowed, b.GetAction())
			}
			for _, verb := range allowed {
				if !slices.Contains(policy.ForMethod(t.Methods()[verb]).GetRoles(), role) {
					list = append(list, role.String()+" "+verb)
				}
			}
		}
	}
	return list
}

func TestNobodyIsToldOfVerbsThatTheirRolesMayNotCall(t *testing.T) {
	t.Parallel()
	if got := beyond(table()); len(got) > 0 {
		t.Errorf("told: %v", got)
	}
	if got := beyond(table().Roleless()); len(got) == 0 {
		t.Error("with the check of roles off nothing is found: the test sees nothing")
	}
}

func TestAListKnowsTheStatesInWhichSomethingMayBeOpen(t *testing.T) {
	t.Parallel()
	for role, want := range map[policyv1.Role][]state{
		policyv1.Role_ROLE_TREASURER: {"LOCKED"}, policyv1.Role_ROLE_APPROVER: {"IN_APPROVAL", "LOCKED"}, policyv1.Role_ROLE_AUDITOR: nil,
	} {
		if diff := cmp.Diff(want, table().States(caller("staff/s_a", role))); diff != "" {
			t.Errorf("%s: %s", role, diff)
		}
	}
	both := table().States(caller("staff/s_a", policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER))
	if diff := cmp.Diff([]state{"IN_APPROVAL", "LOCKED"}, both); diff != "" {
		t.Error(diff)
	}
}

// TestEveryResourceWithAStateSaysWhatCanBeDone looks at all messages of the contract.
func TestEveryResourceWithAStateSaysWhatCanBeDone(t *testing.T) {
	t.Parallel()
	found := 0
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		d := mt.Descriptor()
		if !proto.HasExtension(d.Options(), annotations.E_Resource) || d.Fields().ByName("state") == nil {
			return true
		}
		found++
		allowed, blocked := d.Fields().ByName("allowed_actions"), d.Fields().ByName("blocked_actions")
		if allowed == nil || !allowed.IsList() || allowed.Kind() != protoreflect.StringKind {
			t.Errorf("%s has a state and no allowed_actions", d.FullName())
		}
		if blocked == nil || !blocked.IsList() || blocked.Message() == nil || blocked.Message().FullName() != "solidarity.type.v1.BlockedAction" {
			t.Errorf("%s has a state and no blocked_actions", d.FullName())
		}
		return true
	})
	if found < 19 {
		t.Errorf("%d resources have a state", found)
	}
}
