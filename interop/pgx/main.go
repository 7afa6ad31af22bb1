package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

func main() {
	version := "unknown"
	if info, found := debug.ReadBuildInfo(); found {
		for _, module := range info.Deps {
			if module.Path == "github.com/jackc/pgx/v5" {
				version = module.Version
			}
		}
	}
	fmt.Printf("version pgx %s, %s\n", version, runtime.Version())
	connecting()
	statements()
	results()
	copying()
	sessions()
	finish()
}
