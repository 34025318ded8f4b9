package e2e

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// method is one of the contract, and which services may call it for themselves.
type method struct {
	descriptor protoreflect.MethodDescriptor
	service    string
	callers    []string
	// people says that people may call it, through the gateway.
	people bool
}

func (m method) path() string {
	return "/" + string(m.descriptor.Parent().FullName()) + "/" + string(m.descriptor.Name())
}

// contract lists all methods.
func contract(t *testing.T) (list []method) {
	t.Helper()
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		parts := strings.Split(string(f.Package()), ".")
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			if parts[0] != "solidarity" {
				continue
			}
			table, err := policy.ForServices(string(s.FullName()))
			if err != nil {
				t.Fatal(err)
			}
			for j := range s.Methods().Len() {
				m := method{descriptor: s.Methods().Get(j), service: parts[1]}
				p := table[m.path()]
				m.callers, m.people = p.GetCallers(), len(p.GetRoles()) > 0
				list = append(list, m)
			}
		}
		return true
	})
	return list
}

// call calls a method with an empty request and returns its code.
func (m method) call(ctx context.Context, conn *grpc.ClientConn) codes.Code {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, answer := dynamicpb.NewMessage(m.descriptor.Input()), dynamicpb.NewMessage(m.descriptor.Output())
	if !m.descriptor.IsStreamingClient() && !m.descriptor.IsStreamingServer() {
		return status.Code(conn.Invoke(ctx, m.path(), request, answer))
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{
		ClientStreams: m.descriptor.IsStreamingClient(), ServerStreams: m.descriptor.IsStreamingServer()}, m.path())
	if err != nil {
		return status.Code(err)
	}
	_, _ = stream.SendMsg(request), stream.CloseSend() // the answer says what became of it
	return status.Code(stream.RecvMsg(answer))
}

// useCertificates tries every method with the certificate of each service, and without
// anybody's token.
func (a *attack) useCertificates() {
	a.t.Helper()
	methods := contract(a.t)
	for _, thief := range append(slices.Sorted(maps.Keys(a.state.Addresses)), "gateway") {
		id, err := mtls.Load(a.layout.TLS(thief))
		a.done("load certificate", err)
		opened, tried := 0, 0
		for target, address := range a.state.Addresses {
			conn, err := rpc.Dial(address, id.Client(target))
			a.done("connect", err)
			for _, m := range methods {
				// What people may do is the gateway's to bring; without a token it opens
				// what is open to anybody.
				if m.service != target || thief == "gateway" && m.people {
					continue
				}
				tried++
				code := m.call(a.t.Context(), conn)
				refused := code == codes.PermissionDenied || code == codes.Unauthenticated
				if may := slices.Contains(m.callers, thief); !may && !refused {
					a.t.Errorf("with the certificate of %s, %s answers %s", thief, m.path(), code)
				} else if may && code != codes.PermissionDenied {
					opened++
				}
			}
			conn.Close()
		}
		a.t.Logf("the certificate of %s opens %d of %d methods", thief, opened, tried)
		if tried < 10 {
			a.t.Errorf("only %d methods were tried with the certificate of %s", tried, thief)
		}
	}
}

// awaited are callers that a method lets in and that do not call it yet, as far as their
// code shows. Each is one method more that a stolen certificate opens: the list only gets
// shorter.
var awaited = map[string][]string{
	"/solidarity.ledger.v1.PostingService/RecordByRule":    {"donations", "families"},
	"/solidarity.ledger.v1.PostingService/CheckLeaves":     {"access", "disbursements"},
	"/solidarity.ledger.v1.PostingService/Reverse":         {"donations"},
	"/solidarity.ledger.v1.LedgerService/GetFundStatement": {"disbursements"},
	"/solidarity.ledger.v1.LogService/GetCheckpoint":       {"disbursements", "donations", "families"},
	"/solidarity.ledger.v1.LogService/GetInclusionProof":   {"disbursements", "donations"},
	"/solidarity.access.v1.AccessService/ListAwake":        {"disbursements", "donations", "families"},
	"/solidarity.access.v1.AccessService/DrawPerson":       {"disbursements"},
}

// TestAServiceMayCallWhatItNeedsOnly holds the callers of each method against the code of
// these services.
func TestAServiceMayCallWhatItNeedsOnly(t *testing.T) {
	t.Parallel()
	code := map[string]string{}
	for _, m := range contract(t) {
		for _, caller := range m.callers {
			if code[caller] == "" {
				code[caller] = sources(t, "../"+caller) + sources(t, "../internal")
			}
			calls := strings.Contains(code[caller], "."+string(m.descriptor.Name())+"(")
			if !calls && !slices.Contains(awaited[m.path()], caller) {
				t.Errorf("%s lets %s in, which never calls it", m.path(), caller)
			}
		}
	}
	if len(code) < 4 || strings.Contains(code["disbursements"], ".MakeEverybodyRich(") {
		t.Errorf("the code of %d services was read", len(code))
	}
}

// sources is the text of the Go files under a folder that no test is made of.
func sources(t *testing.T, root string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
