package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// client is one connection to a server, kept alive, that asks one question after another. It knows as
// much of HTTP/1.1 as the two servers use, and costs both the same.
type client struct {
	connection net.Conn
	reader     *bufio.Reader
	head       string
	request    []byte
	body       []byte
	answer     []byte
}

// dial connects to a side, whose requests go to path.
func dial(ctx context.Context, address, path, key string) (*client, error) {
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &client{
		connection: connection, reader: bufio.NewReaderSize(connection, 32<<10),
		head: "POST " + path + " HTTP/1.1\r\nHost: " + address + "\r\nAuthorization: Bearer " + key +
			"\r\nContent-Type: application/json\r\nAccept: application/json\r\nContent-Length: ",
	}, nil
}

func (c *client) close() { _ = c.connection.Close() }

// ask sends a body and returns the answer's, which is valid until the next one. Anything but data is
// an error.
func (c *client) ask(body []byte) ([]byte, error) {
	c.request = append(c.request[:0], c.head...)
	c.request = strconv.AppendInt(c.request, int64(len(body)), 10)
	c.request = append(c.request, "\r\n\r\n"...)
	c.request = append(c.request, body...)
	if err := c.connection.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return nil, fmt.Errorf("bound a request: %w", err)
	}
	if _, err := c.connection.Write(c.request); err != nil {
		return nil, fmt.Errorf("send a request: %w", err)
	}
	status, err := c.read()
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	if status != "200" || bytes.Contains(c.answer, []byte(`"errors":`)) || !bytes.HasPrefix(c.answer, []byte(`{"data":`)) {
		return nil, fmt.Errorf("answered %s: %.500s", status, c.answer)
	}
	return c.answer, nil
}

// read reads one answer into c.answer and returns its status.
func (c *client) read() (status string, err error) {
	line, err := c.line()
	if err != nil {
		return "", err
	}
	if len(line) < len("HTTP/1.1 200") {
		return "", errors.New("no status line")
	}
	status = string(line[9:12])
	length, chunked := -1, false
	for {
		if line, err = c.line(); err != nil {
			return "", err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case strings.EqualFold(string(name), "Content-Length"):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", fmt.Errorf("content length: %w", err)
			}
		case strings.EqualFold(string(name), "Transfer-Encoding"):
			chunked = true
		}
	}
	c.answer = c.answer[:0]
	if !chunked {
		if length < 0 {
			return "", errors.New("an answer without a length")
		}
		return status, c.take(length)
	}
	for {
		if line, err = c.line(); err != nil {
			return "", err
		}
		size, err := strconv.ParseInt(string(line), 16, 32)
		if err != nil {
			return "", fmt.Errorf("size of a chunk: %w", err)
		}
		if err := c.take(int(size)); err != nil {
			return "", err
		}
		if _, err := c.line(); err != nil {
			return "", err
		}
		if size == 0 {
			return status, nil
		}
	}
}

// take appends the next bytes to the answer.
func (c *client) take(n int) error {
	have := len(c.answer)
	if cap(c.answer) < have+n {
		c.answer = append(make([]byte, 0, 2*(have+n)), c.answer...)
	}
	c.answer = c.answer[:have+n]
	_, err := io.ReadFull(c.reader, c.answer[have:])
	return err
}

// line is the next line without its end, valid until the next read.
func (c *client) line() ([]byte, error) {
	line, err := c.reader.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}
