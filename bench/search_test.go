//go:build unix

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gatehouse/admin"
	"gatehouse/auth"
	"gatehouse/model"
	"gatehouse/resolvers"
)

// maxBody is how large a request may be, in bytes; the server refuses larger ones unread.
const maxBody = 1 << 20

// judge measures the processor time that requests take until they would be executed: everything is
// admitted by the limits, and nothing after them.
type judge struct {
	handler http.Handler
	spaces  int
}

func newJudge() *judge {
	log := slog.New(slog.DiscardHandler)
	return &judge{handler: resolvers.Handler(admin.New(nil, nil, time.Now, log), log, resolvers.Options{
		Limits: resolvers.DefaultLimits(),
		Admit:  func(context.Context, int) error { return &model.Error{Code: model.Unavailable, Message: "Enough."} },
	})}
}

// serve answers a request and returns what it was answered.
func (j *judge) serve(request string) string {
	principal := &auth.Principal{TenantID: admin.DefaultTenantID, Permissions: model.AllPermission}
	r := httptest.NewRequestWithContext(auth.With(context.Background(), principal), http.MethodPost, "/graphql", strings.NewReader(request))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	j.handler.ServeHTTP(w, r)
	return w.Body.String()
}

// fresh is the request with a document that no cache knows, as large as before but for a few spaces.
func (j *judge) fresh(request string) string {
	j.spaces++
	return strings.Replace(request, `"query":"`, `"query":"`+strings.Repeat(" ", j.spaces%32)+strings.Repeat(",", j.spaces/32%32), 1)
}

// milliseconds is the least processor time of so many attempts, with that of the garbage collector.
func (j *judge) milliseconds(request string, attempts int) float64 {
	least := time.Duration(1<<63 - 1)
	for range attempts {
		fresh := j.fresh(request)
		start := processorTime()
		j.serve(fresh)
		least = min(least, processorTime()-start)
	}
	return float64(least) / 1e6
}

// processorTime is the time that this process has had of all processors: unlike that of the clock it
// does not grow when others use the machine.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// found is the worst request of a family.
type found struct {
	request      string
	milliseconds float64
}

// within makes genes smaller, one or another, until the request passes the limits, or as small as helps: what is refused
// for its size is refused early, and beside it nothing that passes would be found.
func (j *judge) within(f family, g genes, random *rand.Rand) (string, genes) {
	request := f.write(g)
	for range 100 {
		if len(request) <= maxBody && !strings.Contains(j.serve(request), "REQUEST_TOO_COSTLY") {
			break
		}
		g = slices.Clone(g)
		g[random.IntN(len(g))] *= 0.8
		request = f.write(g)
	}
	return request, g
}

// search climbs: it changes genes at random and keeps what takes longer, from several starts, either
// among all requests or among those that pass the limits.
func (j *judge) search(f family, random *rand.Rand, passing bool, starts, steps int) (worst found) {
	for range starts {
		var best found
		var at genes
		for step := range steps {
			next := make(genes, f.genes)
			for i := range next {
				switch {
				case step < steps/3 || random.IntN(4*f.genes) == 0:
					next[i] = random.Float64()
				default:
					next[i] = min(max(at[i]+random.NormFloat64()*0.1, 0), 1)
				}
			}
			request := f.write(next)
			if passing {
				request, next = j.within(f, next, random)
			}
			if len(request) > maxBody {
				next, request = make(genes, f.genes), f.write(make(genes, f.genes))
			}
			if spent := j.milliseconds(request, 1); at == nil || spent > best.milliseconds {
				// Once may have been the garbage of those before it.
				if spent = j.milliseconds(request, 2); at == nil || spent > best.milliseconds {
					best, at = found{request, spent}, next
				}
			}
		}
		if best.milliseconds > worst.milliseconds {
			worst = best
		}
	}
	return worst
}

// BenchmarkSearch looks for the requests that take the most processor time before they are executed
// or refused, in each family, with a fixed seed: once among all, and once among those that pass the
// limits, which more is done with. With GATEHOUSE_KEEP_WORST=1 it keeps them in testdata/worst for
// BenchmarkWorst.
func BenchmarkSearch(b *testing.B) {
	for i, f := range families() {
		b.Run(strings.ReplaceAll(f.name, " ", "-"), func(b *testing.B) {
			j := newJudge()
			for b.Loop() {
				random := rand.New(rand.NewPCG(1, uint64(i)))
				passing := j.search(f, random, true, 3, 80)
				every := j.search(f, random, false, 1, 30)
				b.ReportMetric(passing.milliseconds, "passing-cpu-ms")
				b.ReportMetric(every.milliseconds, "cpu-ms")
				b.ReportMetric(0, "ns/op")
				b.Logf("%d bytes, answered %.160s", len(passing.request), j.serve(passing.request))
				if os.Getenv("GATEHOUSE_KEEP_WORST") == "1" {
					keep(b, f.name, passing.request)
					if every.milliseconds > 2*passing.milliseconds && len(every.request) < 200_000 {
						keep(b, f.name+" refused", every.request)
					}
				}
			}
		})
	}
}

func keep(b *testing.B, name, request string) {
	b.Helper()
	file := filepath.Join("testdata", "worst", strings.ReplaceAll(name, " ", "-")+".json")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o750), os.WriteFile(file, []byte(request), 0o600)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWorst measures the worst requests that were found, and what hazards are known of the
// library. Everything must stay below 50 ms of processor time.
func BenchmarkWorst(b *testing.B) {
	files, err := filepath.Glob(filepath.Join("testdata", "worst", "*.json"))
	if err != nil || len(files) == 0 {
		b.Fatal("there are no requests: ", err)
	}
	slices.Sort(files)
	for _, file := range files {
		request, err := os.ReadFile(file)
		if err != nil || !json.Valid(request) {
			b.Fatal(file, err)
		}
		b.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(b *testing.B) {
			j := newJudge()
			j.serve(string(request))
			runtime.GC()
			n := 0
			start := processorTime()
			for b.Loop() {
				n++
				j.serve(j.fresh(string(request)))
			}
			b.ReportMetric(float64(processorTime()-start)/1e6/float64(n), "cpu-ms")
		})
	}
}
