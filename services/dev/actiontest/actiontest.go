// Package actiontest tries whether a resource tells the truth about what can be done
// with it: what it allows succeeds, what it blocks is refused with just that reason, and
// what it does not name is not for that role, or changes nothing.
package actiontest

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// Actor is somebody who acts, with the roles of their connection.
type Actor struct {
	Name  string
	Roles []policyv1.Role
	Conn  grpc.ClientConnInterface
}

// Resource is one resource that is tried.
type Resource struct {
	// Name is its resource name.
	Name string
	// Methods are its RPCs by verb: what action.Table.Methods tells.
	Methods map[string]string
	// Read reads it as an actor sees it; an actor who may not read it sees nothing.
	Read func(a Actor) (Seen, error)
	// Fill fills in what a request of a verb says beside the name; nil for nothing.
	Fill func(verb string, seen Seen, req proto.Message)
	// Late are reasons that have nothing to do with state, role or person, for which
	// an allowed call may be refused.
	Late []fault.Reason
}

// Seen is a resource that says what can be done with it.
type Seen interface {
	proto.Message
	GetAllowedActions() []string
	GetBlockedActions() []*typev1.BlockedAction
}

// Check calls every verb that a resource does not allow, as each of some actors, and
// returns who is allowed what.
func (r Resource) Check(t testing.TB, actors ...Actor) map[string][]Actor {
	t.Helper()
	may := map[string][]Actor{}
	for _, a := range actors {
		seen, err := r.Read(a)
		if err != nil && !fault.OfKind(err, fault.PermissionDenied) && !fault.OfKind(err, fault.NotFound) {
			t.Fatalf("read %s as %s: %v", r.Name, a.Name, err)
		}
		readable := err == nil
		for verb, method := range r.Methods {
			why, named := fault.ReasonPermissionDenied, false
			if readable {
				why, named = told(seen, verb)
			}
			switch mine := roles(a, method); {
			case named && !mine:
				t.Errorf("%s tells %s of %s, which is not theirs", r.Name, a.Name, verb)
			case !mine:
				why = fault.ReasonPermissionDenied
			case !readable:
				continue // who may not read may still be refused in many ways
			case why == "" && named:
				may[verb] = append(may[verb], a)
				continue
			case !named:
				r.unchanged(t, a, verb, seen)
				continue
			}
			if err := r.call(a, verb, seen); !fault.Is(err, why) {
				t.Errorf("%s of %s by %s: %v, want %s", verb, r.Name, a.Name, err, why)
			}
		}
	}
	return may
}

// unchanged calls a verb of which nothing is told: it must succeed and change nothing.
func (r Resource) unchanged(t testing.TB, a Actor, verb string, seen Seen) {
	t.Helper()
	if err := r.call(a, verb, seen); err != nil {
		t.Errorf("%s of %s by %s is not told of: %v", verb, r.Name, a.Name, err)
	}
	after, err := r.Read(a)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(seen, after) {
		t.Errorf("%s of %s by %s is not told of, and made\n%v\nof\n%v", verb, r.Name, a.Name, after, seen)
	}
}

// Take checks a resource as Check does, then has the first actor who is allowed a verb
// use it, which must succeed.
func (r Resource) Take(t testing.TB, verb string, actors ...Actor) {
	t.Helper()
	may := r.Check(t, actors...)[verb]
	if len(may) == 0 {
		t.Fatalf("nobody is allowed to %s %s", verb, r.Name)
	}
	seen, err := r.Read(may[0])
	if err != nil {
		t.Fatal(err)
	}
	err = r.call(may[0], verb, seen)
	if err != nil && !slices.ContainsFunc(r.Late, func(why fault.Reason) bool { return fault.Is(err, why) }) {
		t.Errorf("%s of %s by %s is allowed: %v", verb, r.Name, may[0].Name, err)
	}
}

// told is what a resource says of a verb: the reason, empty where it is allowed.
func told(seen Seen, verb string) (why fault.Reason, named bool) {
	if slices.Contains(seen.GetAllowedActions(), verb) {
		return "", true
	}
	for _, b := range seen.GetBlockedActions() {
		if b.GetAction() == verb {
			return fault.Reason(b.GetReason()), true
		}
	}
	return "", false
}

func roles(a Actor, method string) bool {
	return slices.ContainsFunc(policy.ForMethod(method).GetRoles(), func(r policyv1.Role) bool { return slices.Contains(a.Roles, r) })
}

// call uses a verb of a resource by its RPC.
func (r Resource) call(a Actor, verb string, seen Seen) error {
	method := r.Methods[verb]
	d, err := descriptor(method)
	if err != nil {
		return err
	}
	req, resp := newMessage(d.Input()), newMessage(d.Output())
	m := req.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName("name"), protoreflect.ValueOfString(r.Name))
	if r.Fill != nil {
		r.Fill(verb, seen, req)
	}
	if !d.IsStreamingServer() {
		return a.Conn.Invoke(context.Background(), method, req, resp)
	}
	stream, err := a.Conn.NewStream(context.Background(), &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return err
	}
	if err := errors.Join(stream.SendMsg(req), stream.CloseSend()); err != nil {
		return err
	}
	for {
		if err := stream.RecvMsg(resp); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func descriptor(method string) (protoreflect.MethodDescriptor, error) {
	name := strings.Replace(strings.TrimPrefix(method, "/"), "/", ".", 1)
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, err
	}
	return d.(protoreflect.MethodDescriptor), nil
}

func newMessage(d protoreflect.MessageDescriptor) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil
	}
	return t.New().Interface()
}
