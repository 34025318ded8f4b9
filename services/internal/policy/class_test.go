package policy_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// field makes a descriptor of a field of a type and class, none for 0.
func field(t *testing.T, of descriptorpb.FieldDescriptorProto_Type, class policyv1.Class) protoreflect.FieldDescriptor {
	t.Helper()
	options := &descriptorpb.FieldOptions{}
	if class != 0 {
		proto.SetExtension(options, policyv1.E_Class, class)
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("f.proto"), Package: proto.String("f"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: proto.String("x"), Number: proto.Int32(1), Type: of.Enum(), Options: options,
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0).Fields().Get(0)
}

// A class that is added later is secret until somebody says that it is not.
func TestOnlyPublicAndBooksMayBeLogged(t *testing.T) {
	t.Parallel()
	for number, name := range policyv1.Class_name {
		class := policyv1.Class(number)
		for _, of := range []descriptorpb.FieldDescriptorProto_Type{
			descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_BYTES, descriptorpb.FieldDescriptorProto_TYPE_INT64,
		} {
			want := class != policyv1.Class_CLASS_P0_PUBLIC && class != policyv1.Class_CLASS_P1_BOOKS
			if class == 0 { // a number needs no class
				want = of != descriptorpb.FieldDescriptorProto_TYPE_INT64
			}
			f := field(t, of, class)
			if got := policy.Secret(f); got != want || policy.ClassOf(f) != class {
				t.Errorf("%s of %v: secret is %t, want %t", name, of, got, want)
			}
		}
	}
}

// Every service of the contract says for whom it is, and lets itself be read whole.
func TestEveryServiceOfTheContractHasItsTable(t *testing.T) {
	t.Parallel()
	services := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			if !strings.HasPrefix(string(s.FullName()), "solidarity.") {
				continue
			}
			services++
			table, err := policy.ForServices(string(s.FullName()))
			if err != nil || len(table) != s.Methods().Len() || policy.AudienceOf(s) == policyv1.Audience_AUDIENCE_UNSPECIFIED {
				t.Errorf("%s: %d policies, audience %v, %v", s.FullName(), len(table), policy.AudienceOf(s), err)
			}
		}
		return true
	})
	if services < 10 {
		t.Errorf("%d services were seen", services)
	}
}
