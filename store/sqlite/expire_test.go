package sqlite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"gatehouse/store"
)

// passing is things that expire and have many values.
func passing() *store.Schema {
	return &store.Schema{
		Name: "passing", Singular: "passing thing",
		Fields: []store.Field{
			{Name: "expiresAt", Kind: store.Time},
			{Name: "tags", Kind: store.String, Many: true},
		},
		Indexes: []store.Index{
			{Name: store.ExpiredIndex, Order: "expiresAt", Global: true},
			{Name: "tag", Order: "tags", Unique: true, Global: true},
		},
		Expires: true,
	}
}

// TestExpiredLeavesNoValues: the values of what is removed are free, and those of the others stay.
func TestExpiredLeavesNoValues(t *testing.T) {
	s := passing()
	b := open(t, path(t), s)
	for i := range 6 {
		insert(t, b, s, thing(t, "t", fmt.Sprint(i), bson.M{
			"expiresAt": time.UnixMilli(int64(10 * i)), "tags": []string{fmt.Sprint("a", i), fmt.Sprint("b", i)},
			"pending": i == 1,
		}))
	}
	if n, err := b.RemoveExpired(t.Context(), s.Expired(time.UnixMilli(40), 3)); err != nil || n != 3 {
		t.Errorf("RemoveExpired = %d, %v; want 3", n, err)
	}
	var values []string
	rows, err := b.reader.QueryContext(t.Context(), `SELECT "value" FROM "passing:tags" ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	// Of 0, 2 and 3 nothing is left; 1 waits for its change, 4 was one too many, and 5 has not expired.
	if want := []string{"a1", "a4", "a5", "b1", "b4", "b5"}; !slices.Equal(values, want) {
		t.Errorf("values %v are left; want %v", values, want)
	}
	insert(t, b, s, thing(t, "t", "6", bson.M{"expiresAt": time.UnixMilli(60), "tags": []string{"a0", "b3"}}))
}
