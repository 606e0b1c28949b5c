package main

import (
	"fmt"
	"time"
)

// StartConfig is how a server starts.
type StartConfig struct {
	StartupTimeout time.Duration `default:"5m" placeholder:"DURATION" help:"For how long a server that starts tries again while MongoDB does not answer; then it ends with code 1. 0s tries once. (GATEHOUSE_STARTUP_TIMEOUT)"`
}

func (c StartConfig) check() error {
	if c.StartupTimeout < 0 {
		return fmt.Errorf("GATEHOUSE_STARTUP_TIMEOUT (--startup-timeout): %s is negative", c.StartupTimeout)
	}
	return nil
}
