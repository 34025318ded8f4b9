package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// methods are all RPCs of the contract.
func methods(t *testing.T) []protoreflect.MethodDescriptor {
	t.Helper()
	var list []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFilesByPackage("solidarity.disbursements.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				list = append(list, s.Methods().Get(j))
			}
		}
		return true
	})
	return list
}

func messageOf(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	m, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return m.New().Interface()
}

// call invokes a method with an empty request.
func call(t *testing.T, conn *grpc.ClientConn, m protoreflect.MethodDescriptor) error {
	t.Helper()
	name := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	req, resp := messageOf(t, m.Input()), messageOf(t, m.Output())
	if !m.IsStreamingClient() && !m.IsStreamingServer() {
		return conn.Invoke(context.Background(), name, req, resp)
	}
	stream, err := conn.NewStream(context.Background(), &grpc.StreamDesc{
		ServerStreams: m.IsStreamingServer(), ClientStreams: m.IsStreamingClient(),
	}, name)
	if err != nil {
		return err
	}
	_ = stream.SendMsg(req) // RecvMsg tells why not
	_ = stream.CloseSend()
	return stream.RecvMsg(resp)
}

// TestEveryCallIsRefusedInEveryRoleThatMayNotMakeIt and is no INTERNAL in the
// others, whatever an empty request means.
func TestEveryCallIsRefusedInEveryRoleThatMayNotMakeIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	list := methods(t)
	if len(list) < 39 {
		t.Fatalf("only %d methods", len(list))
	}
	for number := range policyv1.Role_name {
		role := policyv1.Role(number)
		conn := b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_somebody", Roles: []policyv1.Role{role}})
		for _, m := range list {
			p, err := policy.Of(m)
			if err != nil {
				t.Fatal(err)
			}
			err = call(t, conn, m)
			allowed := slices.Contains(p.GetRoles(), role) || slices.Contains(p.GetRoles(), policyv1.Role_ROLE_FAMILY)
			if denied := fault.Is(err, "PERMISSION_DENIED"); denied == allowed {
				t.Errorf("%s as %s: %v", m.Name(), role, err)
			}
			if fault.OfKind(err, fault.Internal) {
				t.Errorf("%s as %s: %v", m.Name(), role, err)
			}
		}
	}
}

// TestHostileNamesAreBadInput puts odd text into every text field of every
// request: nothing is an internal error.
func TestHostileNamesAreBadInput(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_CASEWORKER}
	conn := b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_somebody", Roles: all})
	for _, text := range []string{"x", "'; DROP TABLE awards", "allocationRounds/r_1", "\x00", strings.Repeat("a", 5000), "payments/..", "💶"} {
		for _, m := range methods(t) {
			if m.IsStreamingClient() || m.IsStreamingServer() {
				continue
			}
			req := messageOf(t, m.Input())
			fillText(req.ProtoReflect(), text)
			err := conn.Invoke(context.Background(), "/"+string(m.Parent().FullName())+"/"+string(m.Name()), req, messageOf(t, m.Output()))
			if fault.OfKind(err, fault.Internal) {
				t.Errorf("%s with %.20q: %v", m.Name(), text, err)
			}
		}
	}
}

// fillText sets every text field of a message and of the messages in it.
func fillText(m protoreflect.Message, text string) {
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		switch {
		case f.Kind() == protoreflect.StringKind && f.IsList():
			m.Mutable(f).List().Append(protoreflect.ValueOfString(text))
		case f.Kind() == protoreflect.StringKind:
			m.Set(f, protoreflect.ValueOfString(text))
		case f.Kind() == protoreflect.BytesKind && !f.IsList():
			m.Set(f, protoreflect.ValueOfBytes([]byte(text)))
		case f.Kind() == protoreflect.MessageKind && f.IsList():
			fillText(m.Mutable(f).List().AppendMutable().Message(), text)
		case f.Kind() == protoreflect.MessageKind && f.Message().ParentFile().Package() != "google.protobuf":
			fillText(m.Mutable(f).Message(), text)
		}
	}
}

func TestListsGoPageByPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(5)
	reader, seen := b.treasurer("reader"), map[string]bool{}
	req := &disbursementsv1.ListPaymentsRequest{Parent: plan, PageSize: 2}
	for pages := 1; ; pages++ {
		resp := must[*disbursementsv1.ListPaymentsResponse](t, "list")(reader.payments.ListPayments(context.Background(), req))
		for _, y := range resp.GetPayments() {
			seen[y.GetName()] = true
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			if pages != 3 || len(seen) != 5 {
				t.Errorf("%d payments on %d pages", len(seen), pages)
			}
			break
		}
	}
	// Newest first, over rounds that were opened in the same moment or not.
	for range 4 {
		b.ledger.SetAvailable("general", 100)
		b.open(100)
	}
	rounds, last := &disbursementsv1.ListAllocationRoundsRequest{PageSize: 2}, ""
	n := 0
	for {
		resp := must[*disbursementsv1.ListAllocationRoundsResponse](t, "list")(reader.rounds.ListAllocationRounds(context.Background(), rounds))
		for _, r := range resp.GetAllocationRounds() {
			at := r.GetCreateTime().AsTime().Format("2006-01-02T15:04:05.000000000")
			if last != "" && at > last {
				t.Errorf("%s after %s", at, last)
			}
			last, n = at, n+1
		}
		if rounds.PageToken = resp.GetNextPageToken(); rounds.PageToken == "" {
			break
		}
	}
	if n != 5 {
		t.Errorf("%d rounds", n)
	}
	_, err := reader.payments.ListPayments(context.Background(), &disbursementsv1.ListPaymentsRequest{PageToken: "made-up"})
	if f := fault.As(err); f == nil || f.Violations[0].Field != "pageToken" {
		t.Errorf("made-up token: %v", err)
	}
}
