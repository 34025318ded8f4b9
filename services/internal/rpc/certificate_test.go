package rpc_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1" // its methods
	_ "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"  // its methods
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"    // its methods
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// thieves are the services whose certificates somebody may steal.
var thieves = []string{"access", "disbursements", "donations", "families", "gateway", "ledger"}

// contract are the policies of all methods.
func contract(t *testing.T) map[string]*policyv1.Policy {
	t.Helper()
	all := map[string]*policyv1.Policy{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			name := string(f.Services().Get(i).FullName())
			if !strings.HasPrefix(name, "solidarity.") {
				continue
			}
			table, err := policy.ForServices(name)
			if err != nil {
				t.Fatal(err)
			}
			for method, p := range table {
				all[method] = p
			}
		}
		return true
	})
	return all
}

// opened says whether a service that has nobody's token is let in.
func opened(ctx context.Context, thief string, p *policyv1.Policy) (bool, error) {
	_, err := rpc.Admit(ctx, rpc.Options{Peer: func(context.Context) string { return thief }, Now: time.Now}, p, "")
	return err == nil, err
}

// TestAStolenCertificateOpensWhatItsServiceCallsOnly tries every method with the
// certificate of each service, without anybody's token. With the protection off, where a
// method lets in whichever service calls, each opens all of them.
func TestAStolenCertificateOpensWhatItsServiceCallsOnly(t *testing.T) {
	t.Parallel()
	methods := contract(t)
	if len(methods) < 150 {
		t.Fatalf("only %d methods were found", len(methods))
	}
	for _, thief := range thieves {
		refusals := 0
		for method, p := range methods {
			may := slices.Contains(p.GetCallers(), thief)
			open, err := opened(t.Context(), thief, p)
			switch {
			case !open && !fault.OfKind(err, fault.PermissionDenied) && !fault.OfKind(err, fault.Unauthenticated):
				t.Errorf("%s refuses %s with %v", method, thief, err)
			case thief == "gateway" && !may && open:
				// What is open to anybody the gateway brings for strangers.
				if !slices.ContainsFunc(p.GetRoles(), func(r policyv1.Role) bool {
					return r == policyv1.Role_ROLE_ANYONE || r == policyv1.Role_ROLE_DONOR || r == policyv1.Role_ROLE_FAMILY
				}) {
					t.Errorf("%s lets strangers in", method)
				}
			case open != may:
				t.Errorf("with the certificate of %s, %s is open: %t (%v)", thief, method, open, err)
			}
			if !open {
				refusals++
			}
			off := proto.CloneOf(p)
			off.Callers = thieves
			if open, err := opened(t.Context(), thief, off); !open {
				t.Errorf("without the protection %s refuses %s: %v: the test sees nothing", method, thief, err)
			}
		}
		if refusals < len(methods)/2 {
			t.Errorf("the certificate of %s opens %d of %d methods", thief, len(methods)-refusals, len(methods))
		}
	}
}
