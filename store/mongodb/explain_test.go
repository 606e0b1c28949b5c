package mongodb

import (
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// The plans of MongoDB are written after its format (explainVersion 1 is its classic engine, 2 the
// slot-based one; mongos wraps the plans of the shards), cut down to what a reader may stumble over.
const (
	ixscan = `{"stage": "IXSCAN", "keyPattern": {"tenantId": 1, "updatedAt": 1, "_id": 1}, "indexName": "updated",
		"isMultiKey": false, "isUnique": false, "isPartial": true, "direction": "forward",
		"indexBounds": {"tenantId": ["[\"t\", \"t\"]"], "updatedAt": ["[MinKey, MaxKey]"], "_id": ["[MinKey, MaxKey]"]}}`
	fetched = `{"stage": "LIMIT", "limitAmount": 50, "inputStage": {"stage": "FETCH", "filter": {"stage": {"$eq": "COLLSCAN"}, "indexName": "of a caller"}, "inputStage": ` + ixscan + `}}`
	merged  = `{"stage": "LIMIT", "limitAmount": 50, "inputStage": {"stage": "FETCH", "inputStage": {"stage": "SORT_MERGE",
		"sortPattern": {"updatedAt": 1, "_id": 1}, "inputStages": [` + ixscan + `, ` + ixscan + `]}}}`
	sorted   = `{"stage": "SORT", "sortPattern": {"_id": 1}, "memLimit": 104857600, "type": "simple", "inputStage": {"stage": "FETCH", "inputStage": ` + ixscan + `}}`
	collscan = `{"stage": "COLLSCAN", "filter": {"tenantId": {"$eq": "t"}}, "direction": "forward"}`
	parsed   = `"namespace": "gatehouse.users", "indexFilterSet": false, "parsedQuery": {"stage": "SORT", "indexName": "of a caller"}, "queryHash": "4B2A3B90"`
)

func TestReadPlanOfMongoDB(t *testing.T) {
	for what, c := range map[string]struct {
		reply string
		index string
		sorts bool
	}{
		"classic": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": ` + fetched + `, "rejectedPlans": [` + sorted + `]}, "ok": 1}`,
			index: "updated",
		},
		"merging ranges": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": ` + merged + `, "rejectedPlans": []}, "ok": 1}`,
			index: "updated",
		},
		"sorting": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": ` + sorted + `, "rejectedPlans": []}, "ok": 1}`,
			index: "updated", sorts: true,
		},
		"reading everything": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": ` + collscan + `, "rejectedPlans": [` + fetched + `]}, "ok": 1}`,
		},
		"one branch reading everything": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": {"stage": "OR", "inputStages": [` + fetched + `, ` + collscan + `]}}, "ok": 1}`,
		},
		"two indexes": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": {"stage": "OR", "inputStages": [` +
				fetched + `, ` + strings.ReplaceAll(fetched, `"updated"`, `"created"`) + `]}}, "ok": 1}`,
			index: "updated+created",
		},
		"slots": {
			reply: `{"explainVersion": "2", "queryPlanner": {` + parsed + `, "winningPlan": {"isCached": false, "queryPlan": ` + sorted + `,
				"slotBasedPlan": {"slots": "$$RESULT=s11 env: { s1 = Nothing }", "stages": "[3] sort [s14] [asc] [s4] \n[2] nlj inner [] [s4]"}}, "rejectedPlans": []}, "ok": 1}`,
			index: "updated", sorts: true,
		},
		"express": {
			reply: `{"explainVersion": "1", "queryPlanner": {` + parsed + `, "winningPlan": {"isCached": false, "stage": "EXPRESS_IXSCAN",
				"keyPattern": "{ tenantId: 1, usernameKey: 1 }", "indexName": "username"}, "rejectedPlans": []}, "ok": 1}`,
			index: "username",
		},
		"one shard": {
			reply: `{"queryPlanner": {"mongosPlannerVersion": 1, "winningPlan": {"stage": "SINGLE_SHARD", "shards": [
				{"shardName": "a", "connectionString": "a/h:27018", ` + parsed + `, "winningPlan": ` + fetched + `, "rejectedPlans": [` + sorted + `]}]}}, "ok": 1}`,
			index: "updated",
		},
		"two shards": {
			reply: `{"queryPlanner": {"mongosPlannerVersion": 1, "winningPlan": {"stage": "SHARD_MERGE_SORT", "shards": [
				{"shardName": "a", ` + parsed + `, "winningPlan": ` + merged + `, "rejectedPlans": []},
				{"shardName": "b", ` + parsed + `, "winningPlan": {"isCached": false, "queryPlan": ` + fetched + `, "slotBasedPlan": {}}, "rejectedPlans": []}]}}, "ok": 1}`,
			index: "updated",
		},
		"two shards, one sorting": {
			reply: `{"queryPlanner": {"mongosPlannerVersion": 1, "winningPlan": {"stage": "SHARD_MERGE_SORT", "shards": [
				{"shardName": "a", ` + parsed + `, "winningPlan": ` + merged + `, "rejectedPlans": []},
				{"shardName": "b", ` + parsed + `, "winningPlan": ` + sorted + `, "rejectedPlans": []}]}}, "ok": 1}`,
			index: "updated", sorts: true,
		},
	} {
		t.Run(what, func(t *testing.T) { checkPlan(t, c.reply, c.index, c.sorts) })
	}
}

func TestReadPlanOfDocumentDB(t *testing.T) {
	const (
		details = `"IndexDetails": [{"indexName": "updated", "indexKey": "{\"tenantId\": 1}"}], "IndexCosts": [{"indexName": "_id_"}]`
		scan    = `{"Node Type": "Custom Scan", ` + details + `, "Plans": [{"Node Type": "Index Scan", "Index Name": "updated", "Scan Direction": "Forward"}]}`
		bitmap  = `{"Node Type": "Custom Scan", ` + details + `, "Plans": [{"Node Type": "Bitmap Heap Scan", "Plans": [{"Node Type": "BitmapOr", "Plans": [
			{"Node Type": "Bitmap Index Scan", "Index Name": "updated"}, {"Node Type": "Bitmap Index Scan", "Index Name": "updated"}]}]}]}`
		everything = `{"Node Type": "Custom Scan", "IndexCosts": [{"indexName": "_id_"}], "Plans": [{"Node Type": "Seq Scan", "Relation Name": "documents_33"}]}`
	)
	for what, c := range map[string]struct {
		plan  string
		index string
		sorts bool
	}{
		"walking":            {plan: `{"Node Type": "Limit", "Plans": [` + scan + `]}`, index: "updated"},
		"sorting":            {plan: `{"Node Type": "Limit", "Plans": [{"Node Type": "Sort", "Plans": [` + scan + `]}]}`, index: "updated", sorts: true},
		"sorting in parts":   {plan: `{"Node Type": "Incremental Sort", "Plans": [` + scan + `]}`, index: "updated", sorts: true},
		"ranges":             {plan: `{"Node Type": "Sort", "Plans": [` + bitmap + `]}`, index: "updated", sorts: true},
		"reading everything": {plan: `{"Node Type": "Sort", "Plans": [` + everything + `]}`, sorts: true},
	} {
		t.Run(what, func(t *testing.T) {
			checkPlan(t, `{"queryPlanner": {"Plan": `+c.plan+`}, "explainVersion": "1", "ok": 1}`, c.index, c.sorts)
		})
	}
}

func checkPlan(t *testing.T, reply, index string, sorts bool) {
	t.Helper()
	var doc bson.Raw
	if err := bson.UnmarshalExtJSON([]byte(reply), false, &doc); err != nil {
		t.Fatal(err)
	}
	plan, err := readPlan(doc)
	if err != nil || plan.Index != index || plan.Sorts != sorts || plan.Text == "" {
		t.Errorf("index %q, sorts %t, %v; want index %q, sorts %t", plan.Index, plan.Sorts, err, index, sorts)
	}
}

func TestExplanationWithoutPlan(t *testing.T) {
	for _, reply := range []bson.D{{}, {is("queryPlanner", bson.D{})}, {is("queryPlanner", 1)}} {
		if plan, err := readPlan(document(reply)); err == nil {
			t.Errorf("%v: %v", reply, plan)
		}
	}
}

// TestEveryIndexServes asks the server under test how it walks each index, with and without bounds.
// MongoDB must not sort; that DocumentDB does is in the comment of Explain, and if it stops doing so
// the comment is to be changed.
func TestEveryIndexServes(t *testing.T) {
	b := built(t)
	value := func(s *store.Schema, field string) any {
		switch s.Field(field).Kind {
		case store.Bool:
			return true
		case store.Time:
			return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		default:
			return "x"
		}
	}
	for _, s := range store.Catalogue() {
		for i := range s.Indexes {
			index := &s.Indexes[i]
			scan := &store.Scan{Schema: s, Index: index, Tenant: "t", Order: s.Field("_id"), Limit: 50}
			for _, field := range index.Equal {
				scan.Equal = append(scan.Equal, store.Term{Field: field, Value: value(s, field)})
			}
			at := store.Position{ID: "x"}
			if index.Order != "" {
				scan.Order, scan.Tie = s.Field(index.Order), !index.Unique
				at.Value = value(s, index.Order)
			}
			for _, descending := range []bool{false, true} {
				for _, after := range []*store.Position{nil, &at} {
					scan.Descending, scan.After = descending, after
					plan, err := b.Explain(t.Context(), scan)
					if err != nil {
						t.Fatal(err)
					}
					documentDB := strings.Contains(plan.Text, `"Node Type"`)
					if plan.Index != index.Name || plan.Sorts != documentDB {
						t.Errorf("%s.%s, descending %t, after %v: index %q, sorts %t: %s",
							s.Name, index.Name, descending, after, plan.Index, plan.Sorts, plan.Text)
					}
				}
			}
		}
	}
}

// TestWholeUniqueKeyIsNotSorted: whatever the order that is asked for, one document at most needs none.
func TestWholeUniqueKeyIsNotSorted(t *testing.T) {
	b, users := built(t), schema(t, "users")
	insert(t, b, users, user(t, "t", "1"), user(t, "t", "2"))
	for _, orderBy := range []string{"usernameKey", "updatedAt", "_id"} {
		scan := &store.Scan{
			Schema: users, Index: users.Index("username"), Tenant: "t", Order: users.Field(orderBy), Limit: 1,
			Equal: []store.Term{{Field: "usernameKey", Value: "name of 2"}},
		}
		plan, err := b.Explain(t.Context(), scan)
		if err != nil || plan.Index != "username" || plan.Sorts {
			t.Errorf("by %s: index %q, sorts %t, %v: %s", orderBy, plan.Index, plan.Sorts, err, plan.Text)
		}
		found, err := b.Find(t.Context(), scan)
		if err != nil || !slices.Equal(ids(t, found), []string{"2"}) {
			t.Errorf("by %s: %v, %v", orderBy, ids(t, found), err)
		}
	}
}
