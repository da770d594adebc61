package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// store is the table behind the API that is written with net/http and the driver alone.
type store interface {
	get(ctx context.Context, id int64) (Post, error)
	owned(ctx context.Context, owner uuid.UUID) ([]Post, error)
	from(ctx context.Context, id int64) ([]Post, error)
	insert(ctx context.Context, p *Post) error
	update(ctx context.Context, id int64, p Post) (bool, error)
}

// What the two stores send; the driver turns $1 into the placeholder of its own where it has another.
const (
	columns     = "SELECT id, title, body, owner_id, price, published, created_at FROM benchmark_posts "
	getPost     = columns + "WHERE id = $1"
	ownedPosts  = columns + "WHERE owner_id = $1 ORDER BY created_at DESC LIMIT 20"
	postsFrom   = columns + "WHERE id >= $1 ORDER BY id LIMIT 1000"
	insertPost  = "INSERT INTO benchmark_posts (title, body, owner_id, price, published) VALUES ($1, $2, $3, $4, $5) RETURNING id, created_at"
	updatePost  = "UPDATE benchmark_posts SET title = $1, price = $2 WHERE id = $3"
	readTimeout = 5 * time.Second
)

func serveByHand(listener net.Listener, s store) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /posts/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		p, err := s.get(r.Context(), id)
		answer(w, http.StatusOK, p, err)
	})
	mux.HandleFunc("GET /owners/{owner}/posts", func(w http.ResponseWriter, r *http.Request) {
		owner, err := uuid.Parse(r.PathValue("owner"))
		if err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		posts, err := s.owned(r.Context(), owner)
		answer(w, http.StatusOK, posts, err)
	})
	mux.HandleFunc("GET /posts/from/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		posts, err := s.from(r.Context(), id)
		answer(w, http.StatusOK, posts, err)
	})
	mux.HandleFunc("POST /posts", func(w http.ResponseWriter, r *http.Request) {
		var p Post
		if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
			refuse(w, http.StatusBadRequest)
			return
		}
		err := s.insert(r.Context(), &p)
		answer(w, http.StatusCreated, p, err)
	})
	mux.HandleFunc("PATCH /posts/{id}", func(w http.ResponseWriter, r *http.Request) { updateByHand(w, r, s) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readTimeout}
	return server.Serve(listener)
}

func updateByHand(w http.ResponseWriter, r *http.Request, s store) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	var p Post
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	found, err := s.update(r.Context(), id, p)
	switch {
	case err != nil:
		refuse(w, http.StatusInternalServerError)
	case !found:
		refuse(w, http.StatusNotFound)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func answer(w http.ResponseWriter, status int, value any, err error) {
	if errors.Is(err, sql.ErrNoRows) {
		refuse(w, http.StatusNotFound)
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	body, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func refuse(w http.ResponseWriter, status int) { http.Error(w, http.StatusText(status), status) }
