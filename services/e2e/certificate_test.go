package e2e

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"        // its methods
	_ "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1" // its methods
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"     // its methods
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
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

// call calls a method with an empty request.
func (m method) call(ctx context.Context, conn *grpc.ClientConn) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, answer := dynamicpb.NewMessage(m.descriptor.Input()), dynamicpb.NewMessage(m.descriptor.Output())
	if !m.descriptor.IsStreamingClient() && !m.descriptor.IsStreamingServer() {
		return conn.Invoke(ctx, m.path(), request, answer)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{
		ClientStreams: m.descriptor.IsStreamingClient(), ServerStreams: m.descriptor.IsStreamingServer()}, m.path())
	if err != nil {
		return err
	}
	_, _ = stream.SendMsg(request), stream.CloseSend() // the answer says what became of it
	return stream.RecvMsg(answer)
}

// useCertificates tries every method with the certificate of each service, and without
// anybody's token.
func (a *attack) useCertificates() {
	a.t.Helper()
	methods := contract(a.t)
	for _, thief := range []string{"access", "disbursements", "donations", "families", "gateway", "ledger"} {
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
				err := m.call(a.t.Context(), conn)
				refused := fault.OfKind(err, fault.PermissionDenied) || fault.OfKind(err, fault.Unauthenticated)
				if may := slices.Contains(m.callers, thief); !may && !refused {
					a.t.Errorf("with the certificate of %s, %s answers %v", thief, m.path(), err)
				} else if may && !refused {
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

// payWithACertificate has a payment of the forged plan booked, and its account opened, by
// whoever has the certificate of disbursements alone.
func (a *attack) payWithACertificate() {
	a.t.Helper()
	id, err := mtls.Load(a.layout.TLS("disbursements"))
	a.done("load certificate", err)
	conn := func(target string) *grpc.ClientConn {
		c, err := rpc.Dial(a.state.Addresses[target], id.Client(target))
		a.done("connect", err)
		a.t.Cleanup(func() { c.Close() })
		return c
	}
	of := func(column string) string {
		return a.value("disbursements", `SELECT `+column+`::text FROM payments y JOIN payment_shares s ON s.payment_id = y.id
			JOIN payment_plans p ON p.id = y.plan_id WHERE p.state = 'ACCEPTED' ORDER BY y.id, s.award_id LIMIT 1`)
	}
	minor, err := strconv.ParseInt(of("s.minor_units"), 10, 64)
	a.done("read amount", err)
	before, amount := a.books(), money.Amount{MinorUnits: minor, Currency: "EUR"}
	_, err = ledgerv1.NewPostingServiceClient(conn("ledger")).Post(a.t.Context(), &ledgerv1.PostRequest{
		Transactions: []*ledgerv1.TransactionDraft{posting.AttemptSubmitted(posting.Attempt{
			Plan: of("y.plan_id"), Payment: of("y.id"), Number: 1, Rail: "sepa", On: time.Now().UTC().Format(time.DateOnly),
			Amount: amount, Awards: []posting.AwardPart{{Award: of("s.award_id"), Minor: minor}},
		})},
	})
	a.refused("a posting by the certificate of disbursements", err, "DECISIONS_MISSING")
	_, err = familiesv1.NewReleaseServiceClient(conn("families")).ReleaseDestination(a.t.Context(), &familiesv1.ReleaseDestinationRequest{
		Payment: "payments/" + of("y.id"), Attempt: 1, Plan: "paymentPlans/" + of("y.plan_id"), Family: of("y.family"), Rail: "sepa", Sender: "main",
		Forms:  []*familiesv1.AcceptedForm{{Form: familiesv1.DestinationForm_DESTINATION_FORM_BANK_ACCOUNT, Schemes: []familiesv1.DestinationScheme{familiesv1.DestinationScheme_DESTINATION_SCHEME_IBAN}}},
		Amount: &typev1.Money{MinorUnits: minor, CurrencyCode: "EUR"}, Digest: make([]byte, 32),
		Proof: &familiesv1.ReleaseDestinationRequest_LeafProof{Blind: make([]byte, 16), Count: 1},
	})
	a.refused("an account by the certificate of disbursements", err, "NOT_IN_PLAN", "DECISIONS_MISSING")
	a.alarmed("the account", "an account was asked for", "paymentPlans/"+of("y.plan_id"))
	if after := a.books(); after != before {
		a.t.Errorf("the books were\n%s\nand are\n%s", before, after)
	}
}

// awaited are callers that a method lets in and that do not call it yet, as far as their
// code shows. Each is one method more that a stolen certificate opens: the list only gets
// shorter.
var awaited = map[string][]string{
	"/solidarity.ledger.v1.PostingService/RecordByRule": {"families"},
	"/solidarity.ledger.v1.PostingService/Reverse":      {"donations"},
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
