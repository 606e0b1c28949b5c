package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

// cluster is what the manifests make.
type cluster struct {
	namespace  core.Namespace
	account    core.ServiceAccount
	deployment apps.Deployment
	service    core.Service
	budget     policy.PodDisruptionBudget
	network    networking.NetworkPolicy
}

// manifests reads every manifest into the type that Kubernetes has for it, and fails for a field that
// the type has not.
func manifests(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{}
	kinds := map[string]any{
		"v1 Namespace": &c.namespace, "v1 ServiceAccount": &c.account, "v1 Service": &c.service,
		"apps/v1 Deployment": &c.deployment, "policy/v1 PodDisruptionBudget": &c.budget,
		"networking.k8s.io/v1 NetworkPolicy": &c.network,
	}
	var listed struct {
		APIVersion, Kind, Namespace string
		Resources                   []string
		Images                      []struct{ Name, NewName, NewTag string }
	}
	read(t, "kustomization.yaml", &listed)
	if len(listed.Resources) != len(kinds) {
		t.Errorf("%d manifests are listed, want %d", len(listed.Resources), len(kinds))
	}
	for _, name := range listed.Resources {
		var header struct{ APIVersion, Kind string }
		if err := yaml.Unmarshal(content(t, name), &header); err != nil {
			t.Fatal(err)
		}
		kind := header.APIVersion + " " + header.Kind
		if kinds[kind] == nil {
			t.Fatalf("%s: nobody expects a %s, or two of them", name, kind)
		}
		read(t, name, kinds[kind])
		delete(kinds, kind)
	}
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(files) != len(listed.Resources)+1 {
		t.Errorf("there are files that are not listed: %v %v", files, err)
	}
	if listed.Namespace != c.namespace.Name || len(listed.Images) != 1 || listed.Images[0].Name != c.container(t).Image {
		t.Errorf("the kustomization is for the namespace %q and the images %v", listed.Namespace, listed.Images)
	}
	return c
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("kubernetes", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(content(t, name), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (c *cluster) container(t *testing.T) *core.Container {
	t.Helper()
	if containers := c.deployment.Spec.Template.Spec.Containers; len(containers) != 1 {
		t.Fatalf("there are %d containers", len(containers))
	}
	return &c.deployment.Spec.Template.Spec.Containers[0]
}

// TestSelectors checks that everything that selects pods selects those of the deployment.
func TestSelectors(t *testing.T) {
	t.Parallel()
	c := manifests(t)
	pod := c.deployment.Spec.Template
	selectors := map[string]map[string]string{
		"deployment": c.deployment.Spec.Selector.MatchLabels, "service": c.service.Spec.Selector,
		"disruption budget": c.budget.Spec.Selector.MatchLabels, "network policy": c.network.Spec.PodSelector.MatchLabels,
	}
	for _, spread := range pod.Spec.TopologySpreadConstraints {
		selectors["spread by "+spread.TopologyKey] = spread.LabelSelector.MatchLabels
	}
	for name, selector := range selectors {
		for label, value := range selector {
			if pod.Labels[label] != value {
				t.Errorf("the %s selects no pod of ours: %s is %q", name, label, pod.Labels[label])
			}
		}
		if len(selector) == 0 {
			t.Errorf("the %s selects every pod", name)
		}
	}
	if pod.Spec.ServiceAccountName != c.account.Name {
		t.Errorf("the pods have the account %q", pod.Spec.ServiceAccountName)
	}
	if *c.deployment.Spec.Replicas < 2 || c.budget.Spec.MaxUnavailable.IntValue() >= int(*c.deployment.Spec.Replicas) {
		t.Error("draining a node may take the last replica")
	}
}

// TestPorts checks that the service, the probes and the network policy name the port that is listened on.
func TestPorts(t *testing.T) {
	t.Parallel()
	c := manifests(t)
	container := c.container(t)
	if len(container.Ports) != 1 {
		t.Fatalf("there are %d ports", len(container.Ports))
	}
	port := container.Ports[0]
	listen := slices.IndexFunc(container.Env, func(e core.EnvVar) bool { return e.Name == "GATEHOUSE_LISTEN" })
	if listen < 0 || container.Env[listen].Value != ":8080" || port.ContainerPort != 8080 {
		t.Errorf("port %d is not what the server listens on", port.ContainerPort)
	}
	if target := c.service.Spec.Ports[0].TargetPort.String(); target != port.Name {
		t.Errorf("the service leads to port %s", target)
	}
	if allowed := c.network.Spec.Ingress[0].Ports[0].Port.String(); len(c.network.Spec.Ingress) != 1 || allowed != port.Name {
		t.Errorf("the network policy lets port %s in", allowed)
	}
	for path, probe := range map[string]*core.Probe{"/livez": container.LivenessProbe, "/readyz": container.ReadinessProbe} {
		if probe.HTTPGet.Port.String() != port.Name || probe.HTTPGet.Path != path {
			t.Errorf("a probe asks %v", probe.HTTPGet)
		}
	}
	if startup := container.StartupProbe; startup.HTTPGet.Path != "/livez" || startup.PeriodSeconds*startup.FailureThreshold < 15*60 {
		t.Error("a start that builds indexes is cut short")
	}
}

// TestRestricted checks what the level "restricted" of the Pod Security Standards asks for, which the
// namespace enforces, and a root that cannot be written.
func TestRestricted(t *testing.T) {
	t.Parallel()
	c := manifests(t)
	pod, container := c.deployment.Spec.Template.Spec, c.container(t)
	rights := container.SecurityContext
	if c.namespace.Labels["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("the namespace does not enforce it")
	}
	if !*pod.SecurityContext.RunAsNonRoot || *pod.SecurityContext.RunAsUser == 0 ||
		pod.SecurityContext.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault ||
		*rights.AllowPrivilegeEscalation || !*rights.ReadOnlyRootFilesystem ||
		!slices.Equal(rights.Capabilities.Drop, []core.Capability{"ALL"}) || len(rights.Capabilities.Add) > 0 {
		t.Error("the pods have more rights than they need")
	}
	if *pod.AutomountServiceAccountToken || *c.account.AutomountServiceAccountToken {
		t.Error("the pods get a token for Kubernetes, which they have no use for")
	}
	if container.Resources.Limits.Memory().IsZero() || container.Resources.Requests.Memory().IsZero() {
		t.Error("the memory is not bounded")
	}
}

// TestKeyset checks that the keyset is where the server looks for it, with a mode that it accepts: it
// belongs to root, the pod's group may read it, and nobody may do anything else.
func TestKeyset(t *testing.T) {
	t.Parallel()
	c := manifests(t)
	pod, container := c.deployment.Spec.Template.Spec, c.container(t)
	if len(pod.Volumes) != 1 || len(container.VolumeMounts) != 1 || pod.Volumes[0].Name != container.VolumeMounts[0].Name {
		t.Fatalf("the volumes are %v, mounted %v", pod.Volumes, container.VolumeMounts)
	}
	if mode := *pod.Volumes[0].Secret.DefaultMode; mode != 0o440 || *pod.SecurityContext.FSGroup != *pod.SecurityContext.RunAsGroup {
		t.Errorf("the keyset has mode %o", mode)
	}
	if !slices.ContainsFunc(container.Env, func(e core.EnvVar) bool {
		return e.Name == "GATEHOUSE_KEYSET_FILE" && e.Value == container.VolumeMounts[0].MountPath+"/keyset.json"
	}) {
		t.Errorf("the server does not look for the keyset in %s", container.VolumeMounts[0].MountPath)
	}
}
