package main

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// sqliteStore uses database/sql with prepared statements.
type sqliteStore struct {
	getOne, ownedBy, fromID, insertOne, updateOne *sql.Stmt
}

func newSQLiteStore(ctx context.Context, p pools) (*sqliteStore, error) {
	var s sqliteStore
	for _, prepare := range []struct {
		to   **sql.Stmt
		pool *sql.DB
		text string
	}{
		{&s.getOne, p.read, getPost},
		{&s.ownedBy, p.read, ownedPosts},
		{&s.fromID, p.read, postsFrom},
		{&s.insertOne, p.write, insertPost},
		{&s.updateOne, p.write, updatePost},
	} {
		var err error
		if *prepare.to, err = prepare.pool.PrepareContext(ctx, prepare.text); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

func scan(row interface{ Scan(...any) error }) (p Post, err error) {
	err = row.Scan(&p.ID, &p.Title, &p.Body, &p.OwnerID, &p.Price, &p.Published, &p.CreatedAt)
	return p, err
}

func (s *sqliteStore) get(ctx context.Context, id int64) (Post, error) {
	return scan(s.getOne.QueryRowContext(ctx, id))
}

func (s *sqliteStore) owned(ctx context.Context, owner uuid.UUID) ([]Post, error) {
	return list(ctx, s.ownedBy, owner.String(), 20)
}

func (s *sqliteStore) from(ctx context.Context, id int64) ([]Post, error) {
	return list(ctx, s.fromID, id, 1000)
}

func list(ctx context.Context, statement *sql.Stmt, arg any, limit int) ([]Post, error) {
	rows, err := statement.QueryContext(ctx, arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	posts := make([]Post, 0, limit)
	for rows.Next() {
		p, err := scan(rows)
		if err != nil {
			return nil, err
		}
		posts = append(posts, p)
	}
	return posts, rows.Err()
}

func (s *sqliteStore) insert(ctx context.Context, p *Post) error {
	return s.insertOne.QueryRowContext(ctx, p.Title, p.Body, p.OwnerID.String(), p.Price, p.Published).Scan(&p.ID, &p.CreatedAt)
}

func (s *sqliteStore) update(ctx context.Context, id int64, p Post) (bool, error) {
	result, err := s.updateOne.ExecContext(ctx, p.Title, p.Price, id)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// pgxStore uses a pgx pool, which prepares statements by itself.
type pgxStore struct{ pool *pgxpool.Pool }

func newPgxStore(ctx context.Context, url string) (*pgxStore, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = maxConns
	pool, err := pgxpool.NewWithConfig(ctx, config)
	return &pgxStore{pool}, err
}

func (s *pgxStore) get(ctx context.Context, id int64) (Post, error) {
	p, err := scan(s.pool.QueryRow(ctx, getPost, id))
	if errors.Is(err, pgx.ErrNoRows) {
		err = sql.ErrNoRows
	}
	return p, err
}

func (s *pgxStore) owned(ctx context.Context, owner uuid.UUID) ([]Post, error) {
	return s.list(ctx, ownedPosts, owner)
}

func (s *pgxStore) from(ctx context.Context, id int64) ([]Post, error) {
	return s.list(ctx, postsFrom, id)
}

func (s *pgxStore) list(ctx context.Context, statement string, arg any) ([]Post, error) {
	rows, err := s.pool.Query(ctx, statement, arg)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Post, error) { return scan(row) })
}

func (s *pgxStore) insert(ctx context.Context, p *Post) error {
	return s.pool.QueryRow(ctx, insertPost, p.Title, p.Body, p.OwnerID, p.Price, p.Published).Scan(&p.ID, &p.CreatedAt)
}

func (s *pgxStore) update(ctx context.Context, id int64, p Post) (bool, error) {
	tag, err := s.pool.Exec(ctx, updatePost, p.Title, p.Price, id)
	return tag.RowsAffected() > 0, err
}
