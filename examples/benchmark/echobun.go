package main

import (
	"database/sql"
	"errors"
	"net"
	"net/http"
	"strconv"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
	"github.com/uptrace/bun"
)

// echoBun is the API as one writes it by hand with Echo and Bun. There is no sign-in and there are no permissions.
type echoBun struct{ read, write *bun.DB }

func serveEchoBun(listener net.Listener, pools pools) error {
	h := echoBun{read: pools.bun(pools.read), write: pools.bun(pools.write)}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.GET("/posts/:id", h.get)
	e.GET("/owners/:owner/posts", h.owned)
	e.GET("/posts/from/:id", h.from)
	e.POST("/posts", h.insert)
	e.PATCH("/posts/:id", h.update)
	e.Listener = listener
	return e.Start("")
}

func (h echoBun) get(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrBadRequest
	}
	var post Post
	err = h.read.NewSelect().Model(&post).Where("id = ?", id).Scan(c.Request().Context())
	if errors.Is(err, sql.ErrNoRows) {
		return echo.ErrNotFound
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, &post)
}

func (h echoBun) owned(c echo.Context) error {
	owner, err := uuid.Parse(c.Param("owner"))
	if err != nil {
		return echo.ErrBadRequest
	}
	posts := make([]Post, 0, 20)
	err = h.read.NewSelect().Model(&posts).Where("owner_id = ?", owner).Order("created_at DESC").Limit(20).Scan(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, posts)
}

func (h echoBun) from(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrBadRequest
	}
	posts := make([]Post, 0, 1000)
	err = h.read.NewSelect().Model(&posts).Where("id >= ?", id).Order("id").Limit(1000).Scan(c.Request().Context())
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, posts)
}

func (h echoBun) insert(c echo.Context) error {
	var post Post
	if err := c.Bind(&post); err != nil {
		return err
	}
	if _, err := h.write.NewInsert().Model(&post).Returning("*").Exec(c.Request().Context()); err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, &post)
}

func (h echoBun) update(c echo.Context) error {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return echo.ErrBadRequest
	}
	post := Post{ID: id}
	if err := c.Bind(&post); err != nil {
		return err
	}
	result, err := h.write.NewUpdate().Model(&post).Column("title", "price").Where("id = ?", id).Exec(c.Request().Context())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return echo.ErrNotFound
	}
	return c.NoContent(http.StatusNoContent)
}
