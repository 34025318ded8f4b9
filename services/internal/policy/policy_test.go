package policy_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

func TestEveryMethodHasAPolicyAndEveryTextFieldAClass(t *testing.T) {
	t.Parallel()
	for _, missing := range policy.CheckContract() {
		t.Error(missing)
	}
}

func TestTheTableOfAServiceHoldsItsMethods(t *testing.T) {
	t.Parallel()
	table, err := policy.ForServices("solidarity.access.v1.AccessService")
	if err != nil {
		t.Fatal(err)
	}
	p := table["/solidarity.access.v1.AccessService/ListAwake"]
	if !slices.Equal(p.GetCallers(), []string{"families", "disbursements"}) || len(p.GetRoles()) != 0 {
		t.Errorf("got %v", p)
	}
	if _, err := policy.ForServices("solidarity.access.v1.NoService"); err == nil {
		t.Error("a service that is not there has a table")
	}
}

func TestAMethodWithAnIncompletePolicyIsRefused(t *testing.T) {
	t.Parallel()
	whole := &policyv1.Policy{
		Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}, Scope: policyv1.Scope_SCOPE_ALL,
		FourEyes:  policyv1.FourEyes_FOUR_EYES_NONE,
		RateClass: policyv1.RateClass_RATE_CLASS_READ, Idempotency: policyv1.Idempotency_IDEMPOTENCY_NONE,
	}
	if _, err := policy.Of(method(t, whole)); err != nil {
		t.Errorf("a whole policy: %v", err)
	}
	for name, lacking := range map[string]func(*policyv1.Policy){
		"callers": func(p *policyv1.Policy) { p.Roles = nil }, "scope": func(p *policyv1.Policy) { p.Scope = 0 },
		"four eyes": func(p *policyv1.Policy) { p.FourEyes = 0 }, "rate class": func(p *policyv1.Policy) { p.RateClass = 0 },
		"idempotency": func(p *policyv1.Policy) { p.Idempotency = 0 },
	} {
		p := proto.Clone(whole).(*policyv1.Policy)
		lacking(p)
		if _, err := policy.Of(method(t, p)); err == nil {
			t.Errorf("a policy without %s is taken", name)
		}
	}
	if _, err := policy.Of(method(t, nil)); err == nil {
		t.Error("a method without a policy is taken")
	}
}

func TestWhatMustNotBeLoggedIsKnownByItsClass(t *testing.T) {
	t.Parallel()
	fields := (&accessv1.ResolveCallerRequest{}).ProtoReflect().Descriptor().Fields()
	if policy.Secret(fields.ByName("issuer")) || !policy.Secret(fields.ByName("subject")) {
		t.Error("issuer must be shown, subject must not")
	}
}

// method makes a method descriptor with a policy, nil for none.
func method(t *testing.T, p *policyv1.Policy) protoreflect.MethodDescriptor {
	t.Helper()
	options := &descriptorpb.MethodOptions{}
	if p != nil {
		proto.SetExtension(options, policyv1.E_Policy, p)
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("S"),
			Method: []*descriptorpb.MethodDescriptorProto{{
				Name: proto.String("Call"), InputType: proto.String(".t.M"), OutputType: proto.String(".t.M"), Options: options,
			}},
		}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0).Methods().Get(0)
}
