package deploytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// workload is a pod that Kubernetes is asked to run, and how often.
type workload struct {
	name     string
	replicas int32
	labels   map[string]string
	pod      corev1.PodSpec
	job      bool
	claims   []string // volumes of each replica's own
}

// container is the one that each pod has.
func (w workload) container() corev1.Container { return w.pod.Containers[0] }

// installation is everything that kustomize renders.
type installation struct {
	workloads []workload
	services  map[string]corev1.Service
	budgets   map[string]policyv1.PodDisruptionBudget
	networks  []networkingv1.NetworkPolicy
	secrets   map[string]corev1.Secret
	other     []string // kinds
}

// render has kustomize make an installation of the example, with fresh secrets.
func render(t *testing.T) *installation {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kubernetes")
	if err := os.CopyFS(dir, os.DirFS(root("deploy", "kubernetes"))); err != nil {
		t.Fatal(err)
	}
	prepare(t, filepath.Join(dir, "example", "prepared"))
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(dir, "example"))
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{services: map[string]corev1.Service{}, budgets: map[string]policyv1.PodDisruptionBudget{}, secrets: map[string]corev1.Secret{}}
	for _, r := range resources.Resources() {
		text, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		if r.GetNamespace() != "solidarity" && r.GetKind() != "Namespace" {
			t.Errorf("%s %s is in the namespace %q", r.GetKind(), r.GetName(), r.GetNamespace())
		}
		i.add(t, r.GetKind(), text)
	}
	return i
}

// strict reads a resource as Kubernetes does with strict validation: a field that it does
// not know is an error.
func strict[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := yaml.UnmarshalStrict(text, &v); err != nil {
		t.Errorf("%v in\n%s", err, text)
	}
	return v
}

func (i *installation) add(t *testing.T, kind string, text []byte) {
	t.Helper()
	switch kind {
	case "Deployment":
		d := strict[appsv1.Deployment](t, text)
		i.workloads = append(i.workloads, workload{d.Name, *d.Spec.Replicas, d.Spec.Template.Labels, d.Spec.Template.Spec, false, nil})
	case "StatefulSet":
		s := strict[appsv1.StatefulSet](t, text)
		w := workload{s.Name, *s.Spec.Replicas, s.Spec.Template.Labels, s.Spec.Template.Spec, false, nil}
		for _, claim := range s.Spec.VolumeClaimTemplates {
			w.claims = append(w.claims, claim.Name)
		}
		i.workloads = append(i.workloads, w)
	case "Job":
		j := strict[batchv1.Job](t, text)
		i.workloads = append(i.workloads, workload{j.Name, 1, j.Spec.Template.Labels, j.Spec.Template.Spec, true, nil})
	case "Service":
		s := strict[corev1.Service](t, text)
		i.services[s.Name] = s
	case "PodDisruptionBudget":
		b := strict[policyv1.PodDisruptionBudget](t, text)
		i.budgets[b.Name] = b
	case "NetworkPolicy":
		i.networks = append(i.networks, strict[networkingv1.NetworkPolicy](t, text))
	case "Secret":
		s := strict[corev1.Secret](t, text)
		i.secrets[s.Name] = s
	case "Namespace":
		i.other = append(i.other, strict[corev1.Namespace](t, text).Name)
	default:
		t.Errorf("nothing is known of the kind %s", kind)
	}
}

// selects reports whether a selector takes pods with labels; one with none takes all.
func selects(selector, labels map[string]string) bool {
	for name, value := range selector {
		if labels[name] != value {
			return false
		}
	}
	return true
}

func TestKubernetesRunsEveryServiceTwiceAndMigratesItOnce(t *testing.T) {
	t.Parallel()
	i := render(t)
	names := map[string]workload{}
	for _, w := range i.workloads {
		names[w.name] = w
	}
	for _, service := range services {
		w, ok := names[service]
		if !ok || w.replicas < 2 || len(w.container().Args) != 1 || w.container().Args[0] != service {
			t.Errorf("%s: %d replicas of %v", service, w.replicas, w.container().Args)
			continue
		}
		if b, ok := i.budgets[service]; !ok || b.Spec.MinAvailable.IntVal < 1 || b.Spec.MinAvailable.IntVal >= w.replicas || !selects(b.Spec.Selector.MatchLabels, w.labels) {
			t.Errorf("%s: its disruption budget is of another, or lets all or none be taken", service)
		}
		job, ok := names["migrate-"+service]
		if ok != (service != "gateway") {
			t.Errorf("%s: has a migration: %t", service, ok)
		}
		if ok && (!job.job || strings.Join(job.container().Args, " ") != service+" --migrate-only") {
			t.Errorf("%s: migrates by %v", service, job.container().Args)
		}
	}
	// A pod that migrates answers no calls.
	for _, s := range i.services {
		for _, w := range i.workloads {
			if selects(s.Spec.Selector, w.labels) != (w.name == s.Name) {
				t.Errorf("service %s leads to %s", s.Name, w.name)
			}
		}
	}
}

func TestNoPodOfKubernetesCanDoMoreThanItMust(t *testing.T) {
	t.Parallel()
	for _, w := range render(t).workloads {
		c, p := w.container(), w.pod.SecurityContext
		s := c.SecurityContext
		if len(w.pod.Containers) != 1 || p == nil || s == nil {
			t.Fatalf("%s: %d containers", w.name, len(w.pod.Containers))
		}
		for what, is := range map[string]bool{
			"not as root":           *p.RunAsNonRoot && *p.RunAsUser > 0,
			"reads its secrets":     *p.FSGroup == *p.RunAsGroup,
			"system calls filtered": p.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
			"file system read-only": *s.ReadOnlyRootFilesystem,
			"no escalation":         !*s.AllowPrivilegeEscalation,
			"no capabilities":       len(s.Capabilities.Drop) == 1 && s.Capabilities.Drop[0] == "ALL" && len(s.Capabilities.Add) == 0,
			"no account":            !*w.pod.AutomountServiceAccountToken,
			"memory bounded":        !c.Resources.Limits.Memory().IsZero(),
			"time to stop":          *w.pod.TerminationGracePeriodSeconds >= 40,
			"image":                 c.Image == "solidarity:1",
		} {
			if !is {
				t.Errorf("%s: not true: %s", w.name, what)
			}
		}
	}
}

func TestKubernetesGivesEachServiceItsSettingsAndFiles(t *testing.T) {
	t.Parallel()
	i := render(t)
	for _, w := range i.workloads {
		service := w.container().Args[0]
		env := map[string]string{}
		owner := false
		for _, from := range w.container().EnvFrom {
			secret, ok := i.secrets[from.SecretRef.Name]
			if !ok {
				t.Errorf("%s: there is no secret %s", w.name, from.SecretRef.Name)
			}
			for name, value := range secret.Data {
				env[name] = string(value)
				owner = owner || strings.HasSuffix(name, "MIGRATE_URL")
			}
		}
		if owner != w.job {
			t.Errorf("%s: knows an owner's password: %t", w.name, owner)
		}
		accepts(t, w.name, service, env, w.container().Args[1:])
		for _, path := range paths(env) {
			if !w.job && !i.mounted(w, path) || w.job && strings.HasPrefix(path, "/run/") && !i.mounted(w, path) {
				t.Errorf("%s: nothing is mounted at %s", w.name, path)
			}
		}
		i.reaches(t, w, service, env)
	}
}

// mounted reports whether a file is there for the container: a key of a secret, or in a
// volume of its own.
func (i *installation) mounted(w workload, path string) bool {
	for _, m := range w.container().VolumeMounts {
		rest, in := strings.CutPrefix(path, m.MountPath+"/")
		if !in {
			continue
		}
		for _, claim := range w.claims {
			if claim == m.Name && !m.ReadOnly {
				return true
			}
		}
		for _, v := range w.pod.Volumes {
			if v.Name == m.Name && v.Secret != nil && m.ReadOnly && *v.Secret.DefaultMode&0o037 == 0 {
				_, ok := i.secrets[v.Secret.SecretName].Data[rest]
				return ok
			}
		}
	}
	return false
}

// reaches checks that the pod listens where its Service leads, and calls where others'
// Services are.
func (i *installation) reaches(t *testing.T, w workload, service string, env map[string]string) {
	t.Helper()
	if !w.job {
		port := w.container().Ports[0]
		if !strings.HasSuffix(env["SOLIDARITY_LISTEN"], ":"+text(port.ContainerPort)) {
			t.Errorf("%s listens at %s, its container at %d", w.name, env["SOLIDARITY_LISTEN"], port.ContainerPort)
		}
		if target := i.services[service].Spec.Ports[0].TargetPort.StrVal; target != port.Name {
			t.Errorf("the service %s leads to the port %s", service, target)
		}
	}
	for _, peer := range peers(t, service) {
		if want := peer + ":" + text(i.services[peer].Spec.Ports[0].Port); env[addressOf(peer)] != want {
			t.Errorf("%s calls %s at %q, it is at %s", w.name, peer, env[addressOf(peer)], want)
		}
	}
}
