// Package policy reads the policy of each RPC and the class of each field out
// of the contract's options. It decides nothing about a request: package rpc
// enforces what is read here, package logs redacts by it.
package policy

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// contract is the prefix of the proto packages that carry our options.
const contract = "solidarity."

// Table maps a full gRPC method ("/solidarity.ledger.v1.LedgerService/ListAccounts")
// to its policy.
type Table map[string]*policyv1.Policy

// ForServices reads the policies of all methods of the named services. It fails
// naming the first method that has none, or an incomplete one.
func ForServices(names ...string) (Table, error) {
	table := Table{}
	for _, name := range names {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return nil, fmt.Errorf("find service %s: %w", name, err)
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			p, err := Of(m)
			if err != nil {
				return nil, err
			}
			table["/"+name+"/"+string(m.Name())] = p
		}
	}
	return table, nil
}

// Of returns the policy of one method, or an error naming what it lacks.
func Of(m protoreflect.MethodDescriptor) (*policyv1.Policy, error) {
	if !proto.HasExtension(m.Options(), policyv1.E_Policy) {
		return nil, fmt.Errorf("method %s has no policy", m.FullName())
	}
	p := proto.GetExtension(m.Options(), policyv1.E_Policy).(*policyv1.Policy)
	switch {
	case len(p.GetRoles()) == 0 && len(p.GetCallers()) == 0:
		return nil, fmt.Errorf("method %s: policy lets nobody call it", m.FullName())
	case p.GetScope() == 0 || p.GetFourEyes() == 0 || p.GetRateClass() == 0 || p.GetIdempotency() == 0:
		return nil, fmt.Errorf("method %s: policy needs scope, four_eyes, rate_class and idempotency", m.FullName())
	}
	return p, nil
}

// public roles need no credential in the header: everybody, or a credential in the body
// that the handler checks.
var public = []policyv1.Role{
	policyv1.Role_ROLE_ANYONE, policyv1.Role_ROLE_DONOR, policyv1.Role_ROLE_FAMILY,
}

// Public reports whether a method for these roles needs no credential in the header.
func Public(roles []policyv1.Role) bool {
	return slices.ContainsFunc(roles, func(r policyv1.Role) bool { return slices.Contains(public, r) })
}

// ForMethod returns the policy of the method of a full name; nil, which lets nobody call
// it, for one that is not in the contract.
func ForMethod(method string) *policyv1.Policy {
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	table, err := ForServices(service)
	if err != nil {
		return nil
	}
	return table[method]
}

// AudienceOf returns for whom a service is, AUDIENCE_UNSPECIFIED where it does not
// say.
func AudienceOf(s protoreflect.ServiceDescriptor) policyv1.Audience {
	return proto.GetExtension(s.Options(), policyv1.E_Audience).(policyv1.Audience)
}

// ClassOf returns the class of a field, CLASS_UNSPECIFIED where it has none.
func ClassOf(f protoreflect.FieldDescriptor) policyv1.Class {
	return proto.GetExtension(f.Options(), policyv1.E_Class).(policyv1.Class)
}

// Secret reports whether a field's content must not be logged: contact data,
// anything lethal, credentials, and whatever of ours has no class.
func Secret(f protoreflect.FieldDescriptor) bool {
	switch ClassOf(f) {
	case policyv1.Class_CLASS_P0_PUBLIC, policyv1.Class_CLASS_P1_BOOKS:
		return false
	case policyv1.Class_CLASS_UNSPECIFIED:
		return needsClass(f)
	default:
		return true
	}
}

// CheckContract walks every proto file of the contract that is linked in. It
// returns one line for each string or bytes field without a class, each method
// without a policy and each service without an audience.
func CheckContract() []string {
	var missing []string
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(f.Package()), contract) {
			missing = append(missing, checkMessages(f.Messages())...)
			missing = append(missing, checkServices(f.Services())...)
		}
		return true
	})
	return missing
}

func checkServices(services protoreflect.ServiceDescriptors) []string {
	var missing []string
	for i := range services.Len() {
		if s := services.Get(i); AudienceOf(s) == policyv1.Audience_AUDIENCE_UNSPECIFIED {
			missing = append(missing, fmt.Sprintf("service %s has no audience", s.FullName()))
		}
		for j := range services.Get(i).Methods().Len() {
			if _, err := Of(services.Get(i).Methods().Get(j)); err != nil {
				missing = append(missing, err.Error())
			}
		}
	}
	return missing
}

func checkMessages(messages protoreflect.MessageDescriptors) []string {
	var missing []string
	for i := range messages.Len() {
		m := messages.Get(i)
		missing = append(missing, checkMessages(m.Messages())...)
		for j := range m.Fields().Len() {
			f := m.Fields().Get(j)
			if needsClass(f) && ClassOf(f) == policyv1.Class_CLASS_UNSPECIFIED {
				missing = append(missing, fmt.Sprintf("field %s has no class", f.FullName()))
			}
		}
	}
	return missing
}

func needsClass(f protoreflect.FieldDescriptor) bool {
	if f.IsMap() {
		return true
	}
	return (f.Kind() == protoreflect.StringKind || f.Kind() == protoreflect.BytesKind) &&
		!f.ContainingMessage().IsMapEntry()
}
