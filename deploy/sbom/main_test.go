package main

import (
	"bytes"
	"os"
	"slices"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// TestOwnComponents lists what this very test is made of, twice.
func TestOwnComponents(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run([]string{program}, out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two runs wrote different documents")
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&first, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if name := bom.Metadata.Component.Name; name != "gatehouse/deploy" || len((*bom.Metadata.Component.Hashes)[0].Value) != 64 {
		t.Errorf("the document is about %q, with hashes %v", name, bom.Metadata.Component.Hashes)
	}
	for _, name := range []string{"std", "github.com/CycloneDX/cyclonedx-go"} {
		at := slices.IndexFunc(*bom.Components, func(c cdx.Component) bool { return c.Name == name })
		if at < 0 || (*bom.Components)[at].Version == "" || !slices.Contains(*(*bom.Dependencies)[0].Dependencies, (*bom.Components)[at].BOMRef) {
			t.Errorf("%s is missing or has no version: %v", name, *bom.Components)
		}
	}
}

func TestNoProgram(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"main.go"}, {"missing"}} {
		var out bytes.Buffer
		if err := run(args, &out); err == nil || out.Len() > 0 {
			t.Errorf("sbom %v wrote %q, error %v", args, out.String(), err)
		}
	}
}
