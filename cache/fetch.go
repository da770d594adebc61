package cache

import (
	"context"
	"encoding/json"
	"fmt"
)

// Codec turns values into the bytes that are kept, and back. Methods are safe for concurrent use.
type Codec[T any] interface {
	// Encode returns bytes that Decode reads.
	Encode(value T) ([]byte, error)
	// Decode reads what Encode returned. It must not keep or change the bytes.
	Decode(body []byte) (T, error)
}

// JSON is a [Codec] that keeps values as JSON, with the field names of their types.
func JSON[T any]() Codec[T] { return jsonCodec[T]{} }

type jsonCodec[T any] struct{}

func (jsonCodec[T]) Encode(value T) ([]byte, error) { return json.Marshal(value) }

func (jsonCodec[T]) Decode(body []byte) (value T, err error) {
	err = json.Unmarshal(body, &value)
	return value, err
}

// Fetch returns the value under the key, and calls fn when there is none. Fn returns what it read as tags; it may also use [AddTags].
// Every caller gets a value of its own. Errors of fn are returned and not kept; a kept value that does not decode is filled anew.
// All else is as in [Cache.Do].
func Fetch[T any](
	ctx context.Context, c *Cache, k Key, p Policy, codec Codec[T], fn func(context.Context) (T, []Tag, error),
) (T, error) {
	fill := func(ctx context.Context, _ *Recorder) (*Entry, error) {
		value, tags, err := fn(ctx)
		if err != nil {
			return nil, err
		}
		body, err := codec.Encode(value)
		if err != nil {
			return nil, fmt.Errorf("cache: encoding a value of %s: %w", k.name, err)
		}
		return &Entry{Body: body, Tags: tags}, nil
	}
	var zero T
	e, _, err := c.Do(ctx, k, p, fill)
	if err != nil {
		return zero, err
	}
	value, err := codec.Decode(e.Body)
	if err == nil {
		return value, nil
	}
	_ = c.store.Delete(ctx, k)
	value, tags, err := fn(Bypass(ctx))
	AddTags(ctx, tags...)
	return value, err
}
