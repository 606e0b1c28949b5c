package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// conn is a connection with the statements that were prepared on it. They stay until it is closed:
// values are never part of a text, so that there are only as many as there are shapes of queries.
//
// Package database/sql keeps the pools of connections. What the store does all the time runs on the
// connection itself, because the statements and rows of database/sql cost as much as the short work
// that SQLite has with them: each copies its values twice, and starts two goroutines to watch a context
// that may end.
type conn struct {
	driverConn

	prepared map[string]statement
}

// driverConn is what the driver's connections can do.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// connector makes connections of this package out of those of the driver.
type connector struct{ driver.Connector }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	able, ok := inner.(driverConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connections are %T", inner), inner.Close())
	}
	return &conn{driverConn: able, prepared: map[string]statement{}}, nil
}

// Close closes the connection. A transaction that is open is rolled back.
func (c *conn) Close() error {
	var failures []error
	for _, s := range c.prepared {
		failures = append(failures, s.Close())
	}
	clear(c.prepared)
	return errors.Join(append(failures, c.driverConn.Close())...)
}

func (c *conn) statement(ctx context.Context, text string) (statement, error) {
	if s := c.prepared[text]; s != nil {
		return s, nil
	}
	prepared, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statements are %T", prepared), prepared.Close())
	}
	c.prepared[text] = s
	return s, nil
}

// exec runs a statement and says how many rows it changed. The context interrupts it; what may not be
// interrupted needs one that does not end.
func (c *conn) exec(ctx context.Context, text string, args ...any) (changed int64, err error) {
	s, err := c.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(ctx, values(args))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query calls each with the first column of every row. The context interrupts the query until its
// first row is there.
func (c *conn) query(ctx context.Context, text string, args []any, each func(value driver.Value) error) error {
	s, err := c.statement(ctx, text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, values(args))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	row := make([]driver.Value, 1)
	for {
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := each(row[0]); err != nil {
			return err
		}
	}
}

// values are the values for the placeholders of a statement, as the driver takes them.
func values(args []any) []driver.NamedValue {
	named := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case int:
			arg = int64(v)
		case int32:
			arg = int64(v)
		}
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return named
}

// on runs do with a connection of a pool. That which it leaves interrupted is closed.
func on(ctx context.Context, pool *sql.DB, do func(c *conn) error) error {
	held, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	return raw(held, do)
}

// raw runs do on a connection that is held.
func raw(held *sql.Conn, do func(c *conn) error) error {
	return held.Raw(func(inner any) error {
		c, ok := inner.(*conn)
		if !ok {
			return fmt.Errorf("the pool's connections are %T", inner)
		}
		return do(c)
	})
}
