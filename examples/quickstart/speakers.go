package main

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/groundwork-go/groundwork/db"
)

// SpeakersOf is the argument of the function speakers.
type SpeakersOf struct {
	Language string `json:"language"`
}

// Speakers is one row of its answer: about how many people of a country use the language.
type Speakers struct {
	CountryCode string `json:"country_code"`
	Country     string `json:"country"`
	People      int64  `json:"people"`
}

// speakers returns a function that estimates, country by country, how many people use a language.
func speakers(database *bun.DB) func(ctx context.Context, in SpeakersOf) ([]Speakers, error) {
	return func(ctx context.Context, in SpeakersOf) ([]Speakers, error) {
		rows := []Speakers{}
		err := db.From(ctx, database).NewSelect().
			TableExpr("country_languages AS spoken").
			Join("JOIN countries AS country ON country.code = spoken.country_code").
			ColumnExpr("country.code AS country_code, country.name AS country").
			ColumnExpr("CAST(country.population * spoken.percentage / 100 AS bigint) AS people").
			Where("spoken.language_code = ?", in.Language).
			OrderExpr("people DESC, country_code").
			Scan(ctx, &rows)
		return rows, err
	}
}
