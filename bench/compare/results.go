package main

import (
	"context"
	"fmt"
	"io"
)

func (r *results) report(ctx context.Context, s settings, stdout io.Writer) error {
	_ = ctx
	_ = s
	fmt.Fprintln(stdout, "done")
	return nil
}
