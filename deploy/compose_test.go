package deploy_test

import (
	"context"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// composeProject reads compose.yaml with the parser that docker compose is made of, as `docker compose
// config` does.
func composeProject(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"../compose.yaml"}, cli.WithProfiles([]string{"*"}),
		cli.WithInterpolation(true), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestCompose(t *testing.T) {
	t.Parallel()
	project := composeProject(t)
	for name, service := range project.AllServices() {
		if len(service.SecurityOpt) != 1 || service.SecurityOpt[0] != "no-new-privileges:true" {
			t.Errorf("%s may gain privileges", name)
		}
		if name == "mongodb" {
			if len(service.Ports) > 0 || len(service.Networks) != 1 || !project.Networks["back"].Internal || service.Networks["back"] != nil {
				t.Error("MongoDB, which has no password, can be reached from outside")
			}
			continue
		}
		if !service.ReadOnly || len(service.CapDrop) != 1 || service.CapDrop[0] != "ALL" || service.Privileged {
			t.Errorf("%s has more rights than it needs", name)
		}
	}
	server := project.Services["gatehouse"]
	for _, port := range server.Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("port %d is published to the network without TLS", port.Target)
		}
		if port.Target != 8080 {
			t.Errorf("port %d is published, which is not for callers", port.Target)
		}
	}
	if server.DependsOn["mongodb"].Condition != types.ServiceConditionHealthy || project.Services["mongodb"].HealthCheck == nil {
		t.Error("the server does not wait until MongoDB can write")
	}
	if metrics := server.Environment["GATEHOUSE_METRICS_LISTEN"]; metrics == nil || *metrics != ":9090" {
		t.Error("nobody can read the metrics")
	}
	if limit := server.Environment["GOMEMLIMIT"]; limit == nil || *limit != "400MiB" || server.MemLimit != 512<<20 {
		t.Error("Go is not told of less memory than there is")
	}
	keyset := server.Environment["GATEHOUSE_KEYSET_FILE"]
	if keyset == nil {
		t.Fatal("the server has no keyset")
	}
	mounted := false
	for _, volume := range server.Volumes {
		mounted = mounted || volume.Type == types.VolumeTypeVolume && volume.ReadOnly && strings.HasPrefix(*keyset, volume.Target+"/")
	}
	if !mounted {
		t.Errorf("the keyset %s is in no volume, or can be written", *keyset)
	}
}
