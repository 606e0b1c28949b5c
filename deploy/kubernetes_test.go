package deploy_test

import (
	"maps"
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

// TestPorts checks that the service, the probes and the network policy name the ports that are listened
// on: the one for callers, and the one for metrics, which no service leads to.
func TestPorts(t *testing.T) {
	t.Parallel()
	c := manifests(t)
	container := c.container(t)
	ports := map[string]int32{}
	for _, port := range container.Ports {
		ports[port.Name] = port.ContainerPort
	}
	if !maps.Equal(ports, map[string]int32{"http": 8080, "metrics": 9090}) {
		t.Fatalf("the ports are %v", ports)
	}
	for variable, listen := range map[string]string{"GATEHOUSE_LISTEN": ":8080", "GATEHOUSE_METRICS_LISTEN": ":9090"} {
		if !slices.ContainsFunc(container.Env, func(e core.EnvVar) bool { return e.Name == variable && e.Value == listen }) {
			t.Errorf("%s is not %s", variable, listen)
		}
	}
	if to := c.service.Spec.Ports; len(to) != 1 || to[0].TargetPort.String() != "http" {
		t.Errorf("the service leads to %v", to)
	}
	from := map[string]string{}
	for _, rule := range c.network.Spec.Ingress {
		if len(rule.From) != 1 || len(rule.Ports) != 1 || rule.From[0].NamespaceSelector == nil {
			t.Fatalf("the network policy has the rule %v", rule)
		}
		from[rule.Ports[0].Port.String()] = rule.From[0].NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]
	}
	if !maps.Equal(from, map[string]string{"http": "ingress-nginx", "metrics": "monitoring"}) {
		t.Errorf("the network policy lets in %v", from)
	}
	if notes := c.deployment.Spec.Template.Annotations; notes["prometheus.io/scrape"] != "true" || notes["prometheus.io/port"] != "9090" || notes["prometheus.io/path"] != "/metrics" {
		t.Errorf("Prometheus is told %v", notes)
	}
	for path, probe := range map[string]*core.Probe{"/livez": container.LivenessProbe, "/readyz": container.ReadinessProbe} {
		if probe.HTTPGet.Port.String() != "http" || probe.HTTPGet.Path != path {
			t.Errorf("a probe asks %v", probe.HTTPGet)
		}
	}
	// Five minutes until MongoDB answers, and fifteen to build indexes.
	if startup := container.StartupProbe; startup.HTTPGet.Path != "/livez" || startup.PeriodSeconds*startup.FailureThreshold < 20*60 {
		t.Error("a start that waits for MongoDB and builds indexes is cut short")
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
