// pgx through the gateway. One line per check, which run.mjs counts.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

var failures = 0

// check runs one check. One that panics fails; the others go on.
func check(name string, run func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	defer func() {
		if problem := recover(); problem != nil {
			failures++
			fmt.Printf("FAIL %s: %s%s\n", name, oneLine(fmt.Sprint(problem)), place(string(debug.Stack())))
			return
		}
		fmt.Println("ok " + name)
	}()
	run(ctx)
}

func finish() {
	if failures > 0 {
		os.Exit(1)
	}
}

func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 600 {
		text = text[:600]
	}
	return text
}

// place is the first line of these files on the stack, this one aside.
func place(stack string) string {
	for _, line := range strings.Split(stack, "\n") {
		if strings.Contains(line, "/pgx/") && strings.Contains(line, ".go:") && !strings.Contains(line, "checks.go") && !strings.Contains(line, "jackc") {
			fields := strings.Fields(line)
			return " (" + fields[0][strings.LastIndex(fields[0], "/")+1:] + ")"
		}
	}
	return ""
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

func equal(actual, expected any, about string) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%s: %#v instead of %#v", about, actual, expected))
	}
}

// fails wants an error of the server with that SQLSTATE.
func fails(err error, state string) *pgconn.PgError {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		panic(fmt.Sprintf("expected SQLSTATE %s, found %v", state, err))
	}
	if server.Code != state {
		panic(fmt.Sprintf("expected SQLSTATE %s, found %s: %s", state, server.Code, server.Message))
	}
	return server
}

// refused wants what every driver shows of a refusal: SQLSTATE, what and under which receipt, what to do next.
func refused(err error) {
	server := fails(err, "42501")
	if !strings.HasPrefix(server.Message, "refused: ") || !strings.Contains(server.Message, "(receipt ") || server.Hint == "" {
		panic(fmt.Sprintf("not a refusal: %q, hint %q", server.Message, server.Hint))
	}
}
