package policy_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// openTo are the methods of the contract that a role may call.
func openTo(role policyv1.Role) (methods []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				m := service.Methods().Get(j)
				p, err := policy.Of(m)
				if err == nil && slices.Contains(p.GetRoles(), role) {
					methods = append(methods, m)
				}
			}
		}
		return true
	})
	return methods
}

// TestNoMethodTellsAnAuditorWhatTheirEngagementDoesNotReach fills the answer of every method
// that is open to auditors with one that lies beyond an engagement of some days, of one
// fund, and of both.
func TestNoMethodTellsAnAuditorWhatTheirEngagementDoesNotReach(t *testing.T) {
	t.Parallel()
	tried, narrowed := 0, 0
	for _, m := range openTo(policyv1.Role_ROLE_AUDITOR) {
		if m.Parent().FullName() == "solidarity.access.v1.StaffService" || m.IsStreamingServer() {
			continue // of themselves they see everything; streams are for who looks at everything
		}
		for name, terms := range map[string]identity.Terms{
			"days": {First: "2020-01-01", Last: "2020-12-31"}, "a fund": {Funds: []string{"funds/food"}},
			"both": {First: "2020-01-01", Last: "2020-12-31", Funds: []string{"funds/food"}},
		} {
			tried++
			answer := newMessage(m.Output())
			full(answer.ProtoReflect(), 3)
			var n policy.Narrowing
			got, err := n.Narrow(answer, terms)
			if err != nil {
				if !fault.Is(err, fault.ReasonEngagementNarrower) && !fault.Is(err, fault.ReasonNotFound) {
					t.Errorf("%s of %s: %v", m.FullName(), name, err)
				}
				continue
			}
			narrowed++
			got.ProtoReflect().Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
				if f.Name() != "next_page_token" {
					t.Errorf("%s tells an auditor of %s its %s", m.FullName(), name, f.Name())
				}
				return true
			})
			if whole, err := n.Narrow(answer, identity.Terms{}); err != nil || !proto.Equal(whole, answer) {
				t.Errorf("%s tells an auditor of everything %v: %v", m.FullName(), whole, err)
			}
		}
	}
	if tried < 60 || narrowed < 5 {
		t.Errorf("only %d answers were tried, and %d lists narrowed", tried, narrowed)
	}
}

func newMessage(d protoreflect.MessageDescriptor) proto.Message {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err) // a message of the contract that is not linked in
	}
	return mt.New().Interface()
}

// TestPartnersAreServedByDonationsAlone is why a revoked key needs no stream: the one
// service that knows keys looks them up at each call, and lets none of them listen on.
func TestPartnersAreServedByDonationsAlone(t *testing.T) {
	t.Parallel()
	found := 0
	for _, role := range []policyv1.Role{policyv1.Role_ROLE_PARTNER, policyv1.Role_ROLE_PARTNER_PUBLIC} {
		for _, m := range openTo(role) {
			found++
			if !strings.HasPrefix(string(m.FullName()), "solidarity.donations.v1.") || m.IsStreamingServer() || m.IsStreamingClient() {
				t.Errorf("%s is open to %s", m.FullName(), role)
			}
		}
	}
	if found < 5 {
		t.Errorf("only %d methods are open to partners", found)
	}
}
