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
	"sync"
	"time"
)

// client is one connection that is kept alive. It parses no more of an answer than it must, to leave the processors to the servers.
type client struct {
	net.Conn
	in *bufio.Reader
}

func dial(ctx context.Context, addr string) (*client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	return &client{Conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

var (
	lengthHeader  = []byte("content-length:")
	chunkedHeader = []byte("transfer-encoding: chunked")
)

// do sends a finished request and reads the answer: its status and the size of its body.
//
//nolint:unparam // the size says that the whole body was read
func (c *client) do(request []byte) (status, size int, err error) {
	if _, err := c.Write(request); err != nil {
		return 0, 0, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	if len(line) < 12 {
		return 0, 0, errors.New("the answer does not begin with a status")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, 0, err
	}
	chunked := false
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		switch {
		case prefixFold(line, lengthHeader):
			size, err = strconv.Atoi(string(bytes.TrimSpace(line[len(lengthHeader):])))
			if err != nil {
				return 0, 0, err
			}
		case prefixFold(line, chunkedHeader):
			chunked = true
		}
	}
	if chunked {
		size, err = c.chunks()
		return status, size, err
	}
	_, err = c.in.Discard(size)
	return status, size, err
}

func prefixFold(line, prefix []byte) bool {
	return len(line) >= len(prefix) && bytes.EqualFold(line[:len(prefix)], prefix)
}

// chunks reads a body of unknown size.
func (c *client) chunks() (total int, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return total, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return total, err
		}
		if _, err := c.in.Discard(int(n) + 2); err != nil {
			return total, err
		}
		if n == 0 {
			return total, nil
		}
		total += int(n)
	}
}

// sample is one measurement.
type sample struct {
	count   int
	rate    float64         // requests per second
	latency []time.Duration // of every request
}

// load sends requests over several connections for a while.
func load(ctx context.Context, addr string, connections int, during time.Duration, requests [][]byte, want int) (sample, error) {
	ctx, cancel := context.WithTimeout(ctx, during+10*time.Second)
	defer cancel()
	clients := make([]*client, connections)
	for i := range clients {
		var err error
		if clients[i], err = dial(ctx, addr); err != nil {
			return sample{}, err
		}
		defer clients[i].Close() //nolint:gocritic // all stay open until the end
	}
	latencies := make([][]time.Duration, connections)
	failures := make([]error, connections)
	begin := time.Now()
	var wait sync.WaitGroup
	for i, c := range clients {
		wait.Go(func() {
			latencies[i], failures[i] = c.until(begin.Add(during), requests, i*len(requests)/connections, want)
		})
	}
	wait.Wait()
	took := time.Since(begin)
	var s sample
	for _, l := range latencies {
		s.latency = append(s.latency, l...)
	}
	s.count = len(s.latency)
	s.rate = float64(s.count) / took.Seconds()
	return s, errors.Join(failures...)
}

// until sends one request after the other.
func (c *client) until(stop time.Time, requests [][]byte, from, want int) (latencies []time.Duration, err error) {
	latencies = make([]time.Duration, 0, 4096)
	for now := time.Now(); now.Before(stop); from++ {
		status, _, err := c.do(requests[from%len(requests)])
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the server closed the connection")
			}
			return latencies, err
		}
		if status != want {
			return latencies, fmt.Errorf("the status is %d; want %d", status, want)
		}
		after := time.Now()
		latencies = append(latencies, after.Sub(now))
		now = after
	}
	return latencies, nil
}
