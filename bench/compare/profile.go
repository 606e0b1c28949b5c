package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// profileTime is how long the real program is profiled at each operation, in whole seconds.
const profileTime = 5 * time.Second

// takeProfiles writes a profile of the real program's processor time to the folder of profiles for each
// operation on a store, while the operation keeps all connections busy. Together they are what the
// compiler optimises for (make profile).
func takeProfiles(ctx context.Context, s settings, name string, base *seeded, both sides, _ *results, say func(string, ...any)) error {
	operations, err := base.operations()
	if err != nil {
		return err
	}
	for _, op := range operations {
		if !s.wants(op.name) {
			continue
		}
		took := make(chan error, 1)
		go func() { took <- both.graphql.profile(ctx, filepath.Join(s.profiles, name+"-"+op.name+".pprof")) }()
		// A little longer than the profile, so that the connections are busy to its end.
		m, err := both.graphql.load(ctx, op, s.connections, profileTime+profileTime/10)
		if err := errors.Join(err, <-took); err != nil {
			return err
		}
		say("%-8s %-28s profiled at %.0f/s", name, op.name, m.rate())
	}
	return nil
}

// profile writes a profile of the processor time of the next seconds to a file.
func (s *side) profile(ctx context.Context, path string) (err error) {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%.0f", s.metrics, profileTime.Seconds())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("take a profile: %w", err)
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("take a profile: %s", response.Status)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("keep a profile: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.Copy(file, response.Body); err != nil {
		return fmt.Errorf("keep a profile: %w", err)
	}
	return nil
}
