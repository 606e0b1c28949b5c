package main

import (
	"cmp"
	"runtime/debug"

	"gatehouse/telemetry"
)

// unknown stands for what a build does not tell of itself.
const unknown = "unknown"

// build is what the program was built from, as the toolchain has noted it.
func build() telemetry.Build {
	b := telemetry.Build{Version: unknown, Revision: unknown, GoVersion: unknown}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version, b.GoVersion = cmp.Or(info.Main.Version, unknown), info.GoVersion
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			b.Revision = setting.Value
		}
	}
	return b
}

// version is what the version command prints.
func version() string {
	b := build()
	text := "gatehouse " + b.Version + " " + b.GoVersion
	if b.Revision != unknown {
		text += " " + b.Revision
	}
	return text
}
