package telemetry

import (
	"fmt"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"
)

// These are the profiles that `go tool pprof` and `go tool trace` ask for, below the paths where they
// look for them. net/http/pprof has them too, but puts them on the default mux wherever it is
// imported, and one of its pages shows the command line, on which a key may be.

const (
	// profileSeconds is how long a profile takes that does not say, and maxProfileSeconds how long one
	// may take.
	profileSeconds    = 30
	maxProfileSeconds = 300
)

func listProfiles(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "profile\ntrace")
	for _, p := range pprof.Profiles() {
		fmt.Fprintln(w, p.Name(), p.Count())
	}
}

// showProfile writes one of the profiles that are always kept: as text with ?debug=1 or 2, and for
// go tool pprof without.
func showProfile(w http.ResponseWriter, r *http.Request) {
	profile := pprof.Lookup(r.PathValue("name"))
	if profile == nil {
		http.NotFound(w, r)
		return
	}
	debug, err := strconv.Atoi(r.FormValue("debug"))
	if err != nil || debug < 0 {
		debug = 0
	}
	if debug > 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	} else {
		attach(w, profile.Name())
	}
	_ = profile.WriteTo(w, debug) // whoever asked may be gone
}

func profileCPU(w http.ResponseWriter, r *http.Request) {
	attach(w, "profile")
	record(w, r, func() error { return pprof.StartCPUProfile(w) }, pprof.StopCPUProfile)
}

func traceExecution(w http.ResponseWriter, r *http.Request) {
	attach(w, "trace")
	record(w, r, func() error { return trace.Start(w) }, trace.Stop)
}

// record runs what start begins for as many seconds as the request says, or until it is canceled.
func record(w http.ResponseWriter, r *http.Request, start func() error, stop func()) {
	seconds, err := strconv.ParseFloat(r.FormValue("seconds"), 64)
	if err != nil || !(seconds > 0) {
		seconds = profileSeconds
	}
	if err := start(); err != nil { // another one runs already
		w.Header().Del("Content-Disposition")
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	timer := time.NewTimer(time.Duration(min(seconds, maxProfileSeconds) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
	stop()
}

func attach(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
