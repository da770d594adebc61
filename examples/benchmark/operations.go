package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// operation is one kind of request.
type operation struct {
	name   string
	status int
	rows   int // in an answer; 0: no body
	make   func(v variant, n int) []byte
}

// operations are made so that every variant has the same work: the same rows, in the same order, with the same answer.
func operations(s settings) []operation {
	all := []operation{
		{"get", http.StatusOK, 1, getOne},
		{"list20", http.StatusOK, 20, func(v variant, n int) []byte {
			if v.generated {
				return request(v, "GET", "/rest/v1/posts?owner_id=eq."+owner(n%owners).String()+"&order=created_at.desc&limit=20", "")
			}
			return request(v, "GET", "/owners/"+owner(n%owners).String()+"/posts", "")
		}},
		{"list1000", http.StatusOK, 1000, func(v variant, n int) []byte {
			from := strconv.Itoa(1 + n%(s.rows/2))
			if v.generated {
				return request(v, "GET", "/rest/v1/posts?id=gte."+from+"&order=id&limit=1000", "")
			}
			return request(v, "GET", "/posts/from/"+from, "")
		}},
		{"insert", http.StatusCreated, 1, func(v variant, n int) []byte { return request(v, "POST", "/posts", newPost(n)) }},
		{"update", http.StatusNoContent, 0, func(v variant, n int) []byte {
			change := fmt.Sprintf(`{"title":"Title %d after a change","price":%d.25}`, n, n%1000)
			if v.generated {
				return request(v, "PATCH", "/rest/v1/posts?id=eq."+strconv.Itoa(n), change)
			}
			return request(v, "PATCH", "/posts/"+strconv.Itoa(n), change)
		}},
	}
	if s.rows < 20*owners {
		all[1].rows = s.rows / owners
	}
	chosen := all[:0]
	for _, o := range all {
		if wanted(s.operations, o.name) {
			chosen = append(chosen, o)
		}
	}
	return chosen
}

func getOne(v variant, n int) []byte { return request(v, "GET", "/posts/"+strconv.Itoa(n), "") }

// newPost is the body of an insert.
func newPost(n int) string {
	body, _ := json.Marshal(map[string]any{ // only strings, numbers and bools
		"title": "A new title " + strconv.Itoa(n), "body": text(n), "owner_id": owner(n % owners).String(),
		"price": price(n), "published": true,
	})
	return string(body)
}

// request is a whole request as it goes over the wire. The generated resource has its own prefix, and asks who calls.
func request(v variant, method, target, body string) []byte {
	var b strings.Builder
	if v.generated && !strings.HasPrefix(target, "/rest/v1") {
		target = "/rest/v1" + target
	}
	b.WriteString(method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n")
	if v.generated {
		b.WriteString("Authorization: Bearer " + token + "\r\n")
	}
	if v.generated && method == http.MethodPost {
		b.WriteString("Prefer: return=representation\r\n")
	}
	if body != "" {
		b.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n" + body)
	return []byte(b.String())
}

// requests are made before the clock runs; every variant gets the same ones.
func requests(o operation, v variant, rows int) [][]byte {
	random := rand.New(rand.NewPCG(1, 2)) // the same numbers each time
	out := make([][]byte, 2048)
	for i := range out {
		out[i] = o.make(v, 1+random.IntN(rows))
	}
	return out
}
