package deploytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

const nameLabel = "app.kubernetes.io/name"

// callers are the services that call each service: by the addresses that they take. Who the
// contract lets call without knowing the address is a mistake of one of the two.
func callers(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, caller := range services {
		for _, callee := range peers(t, caller) {
			all[callee] = append(all[callee], caller)
		}
	}
	contract := map[string][]string{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		callee, ours := strings.CutPrefix(string(f.Package()), "solidarity.")
		callee, _, _ = strings.Cut(callee, ".")
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				options, _ := proto.GetExtension(methods.Get(j).Options(), policyv1.E_Policy).(*policyv1.Policy)
				if ours {
					contract[callee] = append(contract[callee], options.GetCallers()...)
				}
			}
		}
		return true
	})
	if len(contract) < 5 {
		t.Fatalf("the contract has callers of %d services", len(contract))
	}
	for callee, names := range contract {
		for _, caller := range names {
			if !slices.Contains(all[callee], caller) {
				t.Errorf("the contract lets %s call %s, which takes no address of it", caller, callee)
			}
		}
	}
	return all
}

// differences says where the policies of the network are not the list of callers.
func differences(networks []networkingv1.NetworkPolicy, callers map[string][]string) []string {
	in, out := map[string][]string{}, map[string][]string{}
	for _, n := range networks {
		name := n.Spec.PodSelector.MatchLabels[nameLabel]
		for _, rule := range n.Spec.Ingress {
			for _, from := range rule.From {
				in[name] = append(in[name], podOf(from))
			}
		}
		for _, rule := range n.Spec.Egress {
			for _, to := range rule.To {
				if to.PodSelector != nil {
					out[podOf(to)] = append(out[podOf(to)], name)
				}
			}
		}
	}
	var wrong []string
	for _, service := range services {
		want := slices.Sorted(slices.Values(callers[service]))
		for what, got := range map[string][]string{"lets in": in[service], "is let out to by": out[service]} {
			if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, want) {
				wrong = append(wrong, fmt.Sprintf("%s %s %v, callers are %v", service, what, sorted, want))
			}
		}
	}
	return wrong
}

func podOf(peer networkingv1.NetworkPolicyPeer) string {
	if peer.PodSelector == nil {
		return "others"
	}
	return peer.PodSelector.MatchLabels[nameLabel]
}

func TestTheNetworkOfKubernetesIsTheListOfCallers(t *testing.T) {
	t.Parallel()
	networks, list := render(t).networks, callers(t)
	for _, wrong := range differences(networks, list) {
		t.Error(wrong)
	}
	if n := networks[slices.IndexFunc(networks, func(n networkingv1.NetworkPolicy) bool { return n.Name == "nobody" })]; len(n.Spec.PodSelector.MatchLabels) > 0 ||
		len(n.Spec.PolicyTypes) != 2 || len(n.Spec.Ingress)+len(n.Spec.Egress) > 0 {
		t.Errorf("without a policy of its own a pod is let do: %+v", n.Spec)
	}
	// The comparison sees a caller too many and one too few.
	for service := range list {
		more := maps.Clone(list)
		more[service] = append(slices.Clone(list[service]), "stranger")
		fewer := maps.Clone(list)
		fewer[service] = list[service][1:]
		if len(differences(networks, more)) != 2 || len(differences(networks, fewer)) != 2 {
			t.Errorf("%s: a caller too many or too few is not seen", service)
		}
	}
}
