package main

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"gatehouse/admission"
)

// AdmissionConfig is how much is let in at once; docs/overload.md has the reasons. Where 0 is the
// default, what it stands for depends on other settings or on the machine.
type AdmissionConfig struct {
	RateLimit      int           `default:"0" placeholder:"COST" help:"Cost that each caller may spend in a second, for as long as it likes. 0, the default, is no limit. (GATEHOUSE_RATE_LIMIT)"`
	RateBurst      int           `default:"0" placeholder:"COST" help:"Cost that each caller may spend at once. ${default_burst_seconds} seconds of the limit by default. (GATEHOUSE_RATE_BURST)"`
	MaxConcurrent  int           `default:"0" placeholder:"N" help:"Requests worked on at the same time. ${default_concurrent} for each processor by default. (GATEHOUSE_MAX_CONCURRENT)"`
	MaxQueue       int           `default:"0" placeholder:"N" help:"Requests inside besides: being read, waiting, being answered. ${default_queue} for each that is worked on by default. (GATEHOUSE_MAX_QUEUE)"`
	MaxPerCaller   int           `default:"0" placeholder:"N" help:"Requests of one caller inside at the same time. Half of all by default. (GATEHOUSE_MAX_PER_CALLER)"`
	MaxWait        time.Duration `default:"1s" placeholder:"DURATION" help:"For how long a request waits for its turn, a tenth of it when there is always one waiting. (GATEHOUSE_MAX_WAIT)"`
	MaxConnections int           `default:"1000" placeholder:"N" help:"Connections kept; the one silent for longest makes room. (GATEHOUSE_MAX_CONNECTIONS)"`
	RequestTimeout time.Duration `default:"30s" placeholder:"DURATION" help:"For how long one request may be worked on, waiting included. (GATEHOUSE_REQUEST_TIMEOUT)"`
}

const (
	// concurrentPerProcessor is where more gave no more throughput on either store, only longer answers
	// and more memory; see docs/overload.md.
	concurrentPerProcessor = 4
	// queuePerConcurrent leaves room for the bursts of a few scripts. How long the queue may last is
	// bounded by time.
	queuePerConcurrent = 16
	// burstSeconds is how many seconds of its limit a caller may spend at once.
	burstSeconds = 20
	// lentPerConcurrent is how many changes may wait for their commits besides, for each that is worked on.
	// Sixteen clients on two processors then share syncs as if nothing held them back.
	lentPerConcurrent = 2
	// maxAccounts bounds how many callers, and how many sources of failures, are remembered.
	maxAccounts = 10_000
	// longestRequest bounds the timeout, so that a stop ends some time.
	longestRequest = time.Hour
)

// check finds every setting that could let nothing in.
func (f AdmissionConfig) check() error {
	var problems []error
	add := func(variable, flag, format string, a ...any) {
		problems = append(problems, fmt.Errorf("GATEHOUSE_%s (--%s): %s", variable, flag, fmt.Sprintf(format, a...)))
	}
	for _, n := range []struct {
		variable, flag string
		value, least   int
	}{
		{"RATE_LIMIT", "rate-limit", f.RateLimit, 0},
		{"RATE_BURST", "rate-burst", f.RateBurst, 0},
		{"MAX_CONCURRENT", "max-concurrent", f.MaxConcurrent, 0},
		{"MAX_QUEUE", "max-queue", f.MaxQueue, 0},
		{"MAX_PER_CALLER", "max-per-caller", f.MaxPerCaller, 0},
		{"MAX_CONNECTIONS", "max-connections", f.MaxConnections, 1},
	} {
		if n.value < n.least {
			add(n.variable, n.flag, "%d is less than %d", n.value, n.least)
		}
	}
	if f.RateBurst > 0 && f.RateLimit == 0 {
		add("RATE_BURST", "rate-burst", "says nothing without GATEHOUSE_RATE_LIMIT")
	}
	if f.MaxWait <= 0 {
		add("MAX_WAIT", "max-wait", "%s is no time to wait", f.MaxWait)
	}
	if f.RequestTimeout < time.Second || f.RequestTimeout > longestRequest {
		add("REQUEST_TIMEOUT", "request-timeout", "%s is not from 1s to %s", f.RequestTimeout, longestRequest)
	}
	return errors.Join(problems...)
}

// graceful is how long requests in flight may take to end when the server stops: as long as any may
// take at all.
func (f AdmissionConfig) graceful() time.Duration {
	return max(f.RequestTimeout, readTimeout) + writeTimeout
}

// gate is what the settings make of the machine.
func (f AdmissionConfig) gate() admission.GateOptions {
	o := admission.GateOptions{Concurrent: f.MaxConcurrent, Queue: f.MaxQueue, PerCaller: f.MaxPerCaller, MaxWait: f.MaxWait}
	if o.Concurrent == 0 {
		o.Concurrent = concurrentPerProcessor * runtime.GOMAXPROCS(0)
	}
	if o.Queue == 0 {
		o.Queue = queuePerConcurrent * o.Concurrent
	}
	if o.PerCaller == 0 {
		o.PerCaller = (o.Concurrent + o.Queue + 1) / 2
	}
	o.Lent = lentPerConcurrent * o.Concurrent
	o.WorkingPerCaller = max(1, o.Concurrent-o.Concurrent/4)
	return o
}

// rates are the accounts of callers; nil where there is no limit.
func (f AdmissionConfig) rates() (*admission.Rates, error) {
	if f.RateLimit == 0 {
		return nil, nil //nolint:nilnil // No limit is no error.
	}
	burst := f.RateBurst
	if burst == 0 {
		burst = burstSeconds * f.RateLimit
	}
	return admission.NewRates(admission.Allowance{PerSecond: float64(f.RateLimit), Burst: burst}, maxAccounts)
}
