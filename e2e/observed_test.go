package e2e_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// private is the address of the private listener.
func (p *program) private(t *testing.T) *program {
	t.Helper()
	var found []string
	// The log comes through a pipe, perhaps a moment later than the first answer.
	until(t, "the private listener is announced", func() bool {
		found = regexp.MustCompile(`"metrics are served","address":"([^"]+)"`).FindStringSubmatch(p.stderr.String())
		return found != nil
	})
	other := *p
	other.base = "http://" + found[1]
	return &other
}

func (p *program) page(t *testing.T, path string) answer {
	t.Helper()
	return p.send(t, request{method: http.MethodGet, path: path, header: map[string]string{"Authorization": ""}})
}

// scrape reads the metrics: the text, and the value of each series as the text writes it.
func (p *program) scrape(t *testing.T) (text string, series map[string]float64) {
	t.Helper()
	a := p.page(t, "/metrics")
	if a.status != http.StatusOK {
		t.Fatalf("/metrics answered %d %s", a.status, a.body)
	}
	series = map[string]float64{}
	for line := range strings.Lines(a.body) {
		name, value, ok := cutLast(strings.TrimSpace(line))
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		series[name] = number
	}
	return a.body, series
}

func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	// mine is the request whose line and spans are looked at closely.
	mine = "mine-1"
	// repetition is the request that is answered as one before it.
	repetition = "again-1"
)

// TestObserved plays a scenario and then looks at what operators see of it.
func TestObserved(t *testing.T) {
	forEachStore(t, func(t *testing.T, d *data) {
		spans := newSpanCollector(t)
		p := d.start(t, "GATEHOUSE_LOG_FORMAT=json", "GATEHOUSE_METRICS_LISTEN=127.0.0.1:0", "GATEHOUSE_PPROF=true",
			"GATEHOUSE_OTLP_ENDPOINT="+spans.URL, "GATEHOUSE_OTLP_HEADERS=Authorization=Bearer canary-collector")
		private := p.private(t)
		secrets := canaries{
			"the admin key": strings.TrimPrefix(p.key, "gk_"), "the collector's credential": "canary-collector", "a document": "canaryDocument", "a variable": "canary-variable",
			"a path": "canary-path", "a wrong credential": "canary-credential", "a wrong secret": "canary-secret", "a query string": "canary-string",
		}
		m := playObserved(t, p)
		secrets["the client's secret"] = m.clients[1].Secret

		var text string
		var series map[string]float64
		until(t, "spans are sent", func() bool {
			text, series = private.scrape(t)
			return series[`gatehouse_trace_spans_total{outcome="sent"}`] > 0
		})
		checkCounts(t, d, series)
		checkNames(t, text)
		secrets.search(t, "the metrics", text)
		checkListeners(t, p, private)
		p.stop(t)
		secrets.search(t, "the log", p.stderr.String())
		checkLines(t, p.stderr.String(), m)
		secrets.search(t, "the spans", spans.raw.String())
		checkSpans(t, spans)
	})
}

// playObserved makes requests of all kinds, with what must not be seen in every place that a client
// can put something in.
func playObserved(t *testing.T, p *program) machine {
	t.Helper()
	m := newMachine(t, p, "robot")
	a := p.send(t, request{
		body: requestBody(t, `query Mine($id: ID!) { user(id: $id) { id } }`, `{"id": "canary-variable"}`), path: "/graphql?x=canary-string",
		header: map[string]string{"X-Request-Id": mine, "Traceparent": "00-" + traceID + "-00f067aa0ba902b7-01"},
	})
	if a.status != http.StatusOK {
		t.Fatalf("answered %d %s", a.status, a.body)
	}
	mustCreateUser(t, p, "steve")
	conflict := `mutation { createUser(input: {username: "steve"}) { user { id } } }`
	p.keyed(t, "one", conflict, "")
	again := p.send(t, request{body: requestBody(t, conflict, ""), header: map[string]string{"X-Request-Id": repetition, "Idempotency-Key": "one"}})
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the repetition was answered %d %s", again.status, again.body)
	}
	for i := range 30 {
		p.ask(t, `query Name`+strconv.Itoa(i)+strings.Repeat("x", 200)+` { viewer { tenantId } }`, "")
	}
	p.ask(t, `{ canaryDocument }`, "")
	p.ask(t, `{ a: viewer { tenantId } ...F } fragment F on Query { users { totalCount } }`, "")
	p.send(t, request{body: requestBody(t, `{ viewer { tenantId } }`, ""), header: map[string]string{"Authorization": "Bearer gk_canary-credential"}})
	p.send(t, request{body: requestBody(t, `{ viewer { tenantId } }`, ""), header: map[string]string{"Authorization": ""}})
	p.page(t, "/canary-path")
	token := func(secret string) answer {
		return p.send(t, request{
			path: "/oauth2/token", body: strings.NewReader("grant_type=client_credentials&client_id=" + m.clients[1].ID + "&client_secret=" + secret),
			header: map[string]string{"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"},
		})
	}
	token("canary-secret")
	a = token(m.clients[1].Secret)
	if a.status != http.StatusOK {
		t.Fatalf("no token: %d %s", a.status, a.body)
	}
	if a := p.with(a.text(t, "access_token")).ask(t, `{ users { totalCount } }`, ""); a.status != http.StatusOK {
		t.Fatalf("the token was answered %d %s", a.status, a.body)
	}
	return m
}

// checkCounts compares the metrics with the scenario.
func checkCounts(t *testing.T, d *data, series map[string]float64) {
	t.Helper()
	pools := []string{`pool="read"`, `pool="write"`}
	if d.uri != "" {
		pools = []string{`pool="mongodb"`}
	}
	for name, want := range map[string]float64{
		`gatehouse_graphql_requests_total{code="OK",operation="user",type="query"}`:                       1,
		`gatehouse_graphql_requests_total{code="OK",operation="createUser",type="mutation"}`:              1,
		`gatehouse_graphql_requests_total{code="CONFLICT",operation="createUser",type="mutation"}`:        1,
		`gatehouse_graphql_requests_total{code="REPLAYED",operation="createUser",type="mutation"}`:        1,
		`gatehouse_graphql_requests_total{code="OK",operation="viewer",type="query"}`:                     30,
		`gatehouse_graphql_requests_total{code="OK",operation="several",type="query"}`:                    1,
		`gatehouse_graphql_requests_total{code="OK",operation="users",type="query"}`:                      1,
		`gatehouse_graphql_requests_total{code="GRAPHQL_VALIDATION_FAILED",operation="none",type="none"}`: 1,
		`gatehouse_graphql_requests_total{code="UNAUTHENTICATED",operation="none",type="none"}`:           2,
		`gatehouse_graphql_request_duration_seconds_count{operation="viewer"}`:                            30,
		`gatehouse_http_requests_total{route="/graphql",status="401"}`:                                    2,
		`gatehouse_http_requests_total{route="other",status="404"}`:                                       1,
		`gatehouse_authentications_total{credential="admin_key",outcome="refused"}`:                       1,
		`gatehouse_authentications_total{credential="none",outcome="refused"}`:                            1,
		`gatehouse_authentications_total{credential="access_token",outcome="accepted"}`:                   1,
		`gatehouse_oauth_requests_total{endpoint="/oauth2/token",outcome="ok"}`:                           1,
		`gatehouse_oauth_requests_total{endpoint="/oauth2/token",outcome="invalid_client"}`:               1,
		`gatehouse_store_calls_total{collection="users",method="get",outcome="not_found"}`:                1,
		`gatehouse_http_requests_in_flight`:                                                               0,
		`gatehouse_panics_total`:                                                                          0,
		`gatehouse_gate_requests{gate="graphql",state="working"}`:                                         0,
		`gatehouse_gate_requests{gate="oauth",state="waiting"}`:                                           0,
		`gatehouse_gate_refused_total{gate="graphql",reason="full"}`:                                      0,
		`gatehouse_gate_refused_total{gate="graphql",reason="share"}`:                                     0,
		`gatehouse_gate_refused_total{gate="oauth",reason="waited"}`:                                      0,
		`gatehouse_too_many_requests_total{reason="rate"}`:                                                0,
		`gatehouse_too_many_requests_total{reason="credentials"}`:                                         0,
		`gatehouse_max_connections`:                                                                       1000,
		`gatehouse_connections_closed_total`:                                                              0,
		`gatehouse_recovery_runs_total{outcome="failed"}`:                                                 0,
	} {
		if got, ok := series[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	least := []string{
		`gatehouse_graphql_cost_count`, `gatehouse_signing_key_remaining_seconds`, `gatehouse_signing_key_age_seconds`, `go_goroutines`, `process_open_fds`,
		`gatehouse_store_call_duration_seconds_count{collection="users",method="insert"}`, `gatehouse_connections`,
		`gatehouse_gate_turns{gate="graphql"}`, `gatehouse_gate_turns{gate="oauth"}`, `gatehouse_gate_places{gate="graphql"}`, `gatehouse_gate_places{gate="oauth"}`,
	}
	for _, pool := range pools {
		least = append(least, `gatehouse_store_pool_max_connections{`+pool+`}`)
	}
	for _, name := range least {
		if series[name] <= 0 {
			t.Errorf("%s is %v", name, series[name])
		}
	}
	if len(series) > 3000 {
		t.Errorf("there are %d series", len(series))
	}
}

// checkNames lints the metrics, and compares them with docs/observability.md.
func checkNames(t *testing.T, text string) {
	t.Helper()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "gatehouse_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	got := map[string]string{}
	types := map[string]string{}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 4 && words[1] == "TYPE" {
			types[words[2]] = words[3]
		}
	}
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "gatehouse_") {
			continue
		}
		name := regexp.MustCompile(`^\w+`).FindString(line)
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); types[base] == "histogram" {
				name = base
			}
		}
		var labels []string
		for _, label := range regexp.MustCompile(`[{,](\w+)="`).FindAllStringSubmatch(line, -1) {
			if label[1] != "le" {
				labels = append(labels, label[1])
			}
		}
		slices.Sort(labels)
		got[name] = types[name] + " by " + strings.Join(labels, ", ")
	}
	described, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(gatehouse_\\w+)` \\| (\\w+) \\|([^|]*)\\|").FindAllStringSubmatch(string(described), -1) {
		labels := regexp.MustCompile(`\w+`).FindAllString(row[3], -1)
		slices.Sort(labels)
		want[row[1]] = row[2] + " by " + strings.Join(labels, ", ")
	}
	for name, form := range got {
		if want[name] != form {
			t.Errorf("%s is a %s, and described as %q", name, form, want[name])
		}
	}
	for name := range want {
		if got[name] == "" {
			t.Errorf("%s is described, and not shown", name)
		}
	}
	// What the alerts ask for has to exist.
	for _, name := range regexp.MustCompile(`gatehouse_[a-z_]+`).FindAllString(string(described), -1) {
		base := strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
		if got[name] == "" && got[base] == "" {
			t.Errorf("the text speaks of %s, which is no metric", name)
		}
	}
}

// checkListeners checks what is served where.
func checkListeners(t *testing.T, p, private *program) {
	t.Helper()
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine"} {
		if a := private.page(t, path); a.status != http.StatusOK || a.body == "" {
			t.Errorf("the private listener answers %s with %d", path, a.status)
		}
		if a := p.page(t, path); a.status != http.StatusNotFound {
			t.Errorf("the public listener answers %s with %d", path, a.status)
		}
	}
	if a := private.page(t, "/debug/pprof/profile?seconds=0.1"); a.status != http.StatusOK || !strings.HasPrefix(a.body, "\x1f\x8b") {
		t.Errorf("there is no CPU profile: %d", a.status)
	}
	if a := private.page(t, "/debug/pprof/trace?seconds=0.1"); a.status != http.StatusOK || !strings.HasPrefix(a.body, "go 1.") {
		t.Errorf("there is no trace: %d", a.status)
	}
	for path, status := range map[string]int{
		"/livez": 200, "/readyz": 200, "/debug/pprof/cmdline": 404, "/debug/pprof/nosuch": 404, "/graphql": 404, "/playground": 404, "/oauth2/jwks": 404,
	} {
		if a := private.page(t, path); a.status != status {
			t.Errorf("the private listener answers %s with %d, want %d", path, a.status, status)
		}
	}
}

// checkLines checks that each request has one line, and what is in some of them.
func checkLines(t *testing.T, log string, m machine) {
	t.Helper()
	lines, counts := map[string]map[string]any{}, map[string]int{}
	var clients []map[string]any
	scanner := bufio.NewScanner(strings.NewReader(log))
	for scanner.Scan() {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("a line is no JSON: %s", scanner.Text())
		}
		if line["msg"] != "request" {
			continue
		}
		id := line["requestId"].(string)
		counts[id]++
		lines[id] = line
		if line["route"] == "/oauth2/token" {
			clients = append(clients, line)
		}
		if name, _ := line["operationName"].(string); len(name) > 64 {
			t.Errorf("the name of an operation has %d bytes", len(name))
		}
		if line["route"] == "/readyz" && line["level"] != "DEBUG" {
			t.Errorf("a probe is at level %v", line["level"])
		}
	}
	for id, n := range counts {
		if n != 1 {
			t.Errorf("request %s has %d lines", id, n)
		}
	}
	line := lines[mine]
	for field, want := range map[string]any{
		"level": "INFO", "method": "POST", "route": "/graphql", "status": 200.0, "operationType": "query", "operation": "user", "operationName": "Mine",
		"actorType": "ADMIN_KEY", "tenantId": "00000000-0000-7000-8000-000000000001", "traceId": traceID,
	} {
		if line[field] != want {
			t.Errorf("%s is %v, want %v", field, line[field], want)
		}
	}
	duration, _ := line["duration"].(float64)
	cost, _ := line["cost"].(float64)
	if duration <= 0 || cost <= 0 || line["actorId"] == "" {
		t.Errorf("the line is %v", line)
	}
	if again := lines[repetition]; again["replayed"] != true || again["operation"] != "createUser" || line["replayed"] != nil {
		t.Errorf("the line of a repetition is %v", again)
	}
	if len(clients) != 2 || clients[0]["clientId"] != nil || clients[0]["errors"] != "invalid_client" ||
		clients[1]["clientId"] != m.clients[1].ID || clients[1]["actorId"] != m.id || clients[1]["errors"] != nil {
		t.Errorf("the lines of clients are %v", clients)
	}
}

// TestCollectorIsAway checks that a collector that is not there harms nobody, and does not keep the
// server from stopping.
func TestCollectorIsAway(t *testing.T) {
	t.Parallel()
	p := onSQLite(t).start(t, "GATEHOUSE_OTLP_ENDPOINT=http://"+closedPort(t), "GATEHOUSE_LOG_FORMAT=json", "GATEHOUSE_METRICS_LISTEN=127.0.0.1:0")
	for range 50 {
		if a := p.ask(t, `{ viewer { tenantId } }`, ""); a.status != http.StatusOK || strings.Contains(a.body, "errors") {
			t.Fatalf("answered %d %s", a.status, a.body)
		}
	}
	if a := p.private(t).page(t, "/debug/pprof/"); a.status != http.StatusNotFound {
		t.Errorf("profiles are served without being asked for: %d", a.status)
	}
	p.stop(t)
}
