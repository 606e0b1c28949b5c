// Command sbom writes what a Go program is made of, as a CycloneDX document, to standard output. It
// reads the list that the linker has left in the program, and so names what is really in it, for the
// platform it was built for, and nothing that only tests or tools need.
//
// Two runs over one program write the same bytes: there is no time and no serial number in the
// document, and the program's hash tells documents apart.
package main

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("usage: sbom PROGRAM")
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return err
	}
	program, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	bom := describe(info, filepath.Base(args[0]), sha256.Sum256(program))
	return cdx.NewBOMEncoder(stdout, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bom)
}

// describe lists the modules in a program, and the standard library as one more.
func describe(info *buildinfo.BuildInfo, file string, sum [sha256.Size]byte) *cdx.BOM {
	main := component(cdx.ComponentTypeApplication, info.Main.Path, info.Main.Version)
	main.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}}
	properties := []cdx.Property{{Name: "file", Value: file}}
	for _, setting := range info.Settings {
		properties = append(properties, cdx.Property{Name: "build:" + setting.Key, Value: setting.Value})
	}
	main.Properties = &properties

	components := []cdx.Component{component(cdx.ComponentTypeLibrary, "std", strings.TrimPrefix(info.GoVersion, "go"))}
	references := []string{components[0].BOMRef}
	for _, dependency := range info.Deps {
		module := cmp.Or(dependency.Replace, dependency)
		c := component(cdx.ComponentTypeLibrary, module.Path, module.Version)
		c.Properties = sumOf(module)
		components = append(components, c)
		references = append(references, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &main}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: main.BOMRef, Dependencies: &references}}
	return bom
}

// component names a module by its package URL, under which databases of vulnerabilities list it.
func component(kind cdx.ComponentType, path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return cdx.Component{Type: kind, BOMRef: url, Name: path, Version: version, PackageURL: url}
}

// sumOf is the sum of go.sum. It is over the module's tree and none of CycloneDX's kinds of hashes.
func sumOf(module *debug.Module) *[]cdx.Property {
	if module.Sum == "" {
		return nil
	}
	return &[]cdx.Property{{Name: "go.sum", Value: module.Sum}}
}
