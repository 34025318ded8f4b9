package server_test

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// services are the files of all services of families.
func services() []protoreflect.FileDescriptor {
	return []protoreflect.FileDescriptor{
		familiesv1.File_solidarity_families_v1_prisoner_service_proto,
		familiesv1.File_solidarity_families_v1_prisoner_import_service_proto,
		familiesv1.File_solidarity_families_v1_family_service_proto,
		familiesv1.File_solidarity_families_v1_household_service_proto,
		familiesv1.File_solidarity_families_v1_aid_request_service_proto,
		familiesv1.File_solidarity_families_v1_allocation_input_service_proto,
		familiesv1.File_solidarity_families_v1_release_service_proto,
		familiesv1.File_solidarity_families_v1_family_policy_service_proto,
	}
}

// methods calls visit with every method of every service.
func methods(visit func(m protoreflect.MethodDescriptor)) {
	for _, file := range services() {
		for i := range file.Services().Len() {
			all := file.Services().Get(i).Methods()
			for j := range all.Len() {
				visit(all.Get(j))
			}
		}
	}
}

// Families are not for those who read books or run machines, and what moves
// money is not for people at all.
func TestNobodyElseReachesFamiliesByAnyCall(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for who, caller := range map[string]identity.Caller{
		"an auditor":       {Service: "gateway", Person: "staff/s_1", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}},
		"an operator":      {Service: "gateway", Person: "staff/s_2", Roles: []policyv1.Role{policyv1.Role_ROLE_OPERATOR}},
		"a treasurer":      {Service: "gateway", Person: "staff/s_3", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}},
		"a frozen person":  {Service: "gateway", Person: "staff/s_4"},
		"a partner":        {Service: "gateway", Partner: "partners/pt_1", Roles: []policyv1.Role{policyv1.Role_ROLE_PARTNER}},
		"donations":        {Service: "donations"},
		"the bare gateway": {Service: "gateway"},
	} {
		conn := b.As(caller)
		methods(func(m protoreflect.MethodDescriptor) {
			if m.IsStreamingClient() {
				return // its own test below
			}
			if name := m.Name(); who == "an auditor" && (name == "ListFamilyPolicies" || name == "GetFamilyPolicy") {
				return // says nothing of any family
			}
			path := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
			err := conn.Invoke(t.Context(), path, dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output()))
			why := fault.ReasonPermissionDenied
			if who == "the bare gateway" && m.Parent().Name() != "AllocationInputService" && m.Parent().Name() != "ReleaseService" {
				why = fault.ReasonUnauthenticated
			}
			refused(t, who+" calls "+path, err, why)
		})
	}
	_, err := b.upload(b.verifier(egor), "spring", "", madeUp(t, 30))
	refused(t, "a verifier uploads", err, "PERMISSION_DENIED")
}
