package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// result is what one variant did in one operation.
type result struct {
	rates     []float64
	latency   []time.Duration
	spent     []float64 // microseconds of processor time per request
	allocated float64   // objects per request
}

func median(numbers []float64) float64 {
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[len(sorted)/2]
}

func (r *result) p99() time.Duration {
	slices.Sort(r.latency)
	return r.latency[len(r.latency)*99/100]
}

// measure loads each server in turn, round by round, so that whatever disturbs the machine disturbs all of them.
func measure(ctx context.Context, s settings, servers []*server, out io.Writer) error {
	head(out, s, servers)
	for _, o := range operations(s) {
		results := make([]*result, len(servers))
		prepared := make([][][]byte, len(servers))
		for i, server := range servers {
			results[i], prepared[i] = new(result), requests(o, server.variant, s.rows)
			if err := check(ctx, o, server, prepared[i][0]); err != nil {
				return err
			}
			if _, err := load(ctx, server.addr, s.connections, s.each/4, prepared[i], o.status); err != nil {
				return fmt.Errorf("%s, %s: %w", o.name, server.variant.name, err)
			}
		}
		for round := range s.rounds {
			for at := range servers {
				i := (at + round) % len(servers) // nobody is always first
				if err := one(ctx, s, o, servers[i], prepared[i], results[i]); err != nil {
					return fmt.Errorf("%s, %s: %w", o.name, servers[i].variant.name, err)
				}
			}
		}
		report(out, o, servers, results)
	}
	return tail(ctx, out, servers)
}

// one is one measurement.
func one(ctx context.Context, s settings, o operation, server *server, requests [][]byte, r *result) error {
	before, err := server.usage(ctx)
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	profiling := s.profiles != "" && len(r.rates) == 0
	if profiling {
		go func() { done <- server.profile(ctx, s, o.name) }()
	}
	sample, err := load(ctx, server.addr, s.connections, s.each, requests, o.status)
	if err != nil {
		return err
	}
	if profiling {
		if err := <-done; err != nil {
			return err
		}
	}
	after, err := server.usage(ctx)
	if err != nil {
		return err
	}
	r.rates = append(r.rates, sample.rate)
	r.latency = append(r.latency, sample.latency...)
	r.spent = append(r.spent, float64((after.Processor-before.Processor).Microseconds())/float64(sample.count))
	r.allocated = float64(after.Allocations-before.Allocations) / float64(sample.count)
	return nil
}

// check looks once at an answer: all variants must give the same number of rows.
func check(ctx context.Context, o operation, server *server, request []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := dial(ctx, server.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	parsed, err := http.ReadRequest(newReader(request))
	if err != nil {
		return err
	}
	if _, err := conn.Write(request); err != nil {
		return err
	}
	response, err := http.ReadResponse(conn.in, parsed)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if rows := bytes.Count(body, []byte(`"owner_id":`)); response.StatusCode != o.status || rows != o.rows {
		return fmt.Errorf("%s, %s: status %d with %d rows; want %d with %d: %.300s", o.name, server.variant.name, response.StatusCode, rows,
			o.status, o.rows, body)
	}
	return nil
}

// profile keeps a CPU profile of the time of one measurement, and what was allocated until then.
func (s *server) profile(ctx context.Context, settings settings, operation string) error {
	if err := os.MkdirAll(settings.profiles, 0o750); err != nil {
		return err
	}
	name := filepath.Join(settings.profiles, s.variant.name+"-"+operation)
	seconds := max(1, int(settings.each/time.Second))
	if err := s.save(ctx, fmt.Sprintf("/profile?seconds=%d", seconds), name+"-cpu.pprof"); err != nil {
		return err
	}
	return s.save(ctx, "/allocs", name+"-allocs.pprof")
}

// save writes what the server tells of its insides to a file.
func (s *server) save(ctx context.Context, path, name string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.inner+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, response.Body); err != nil {
		return err
	}
	return file.Close()
}
