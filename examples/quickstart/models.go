package main

import (
	"time"

	"github.com/uptrace/bun"
)

// Continent is one of the seven.
type Continent struct {
	bun.BaseModel `bun:"table:continents"`

	Code string `bun:",pk" json:"code"`
	Name string `bun:",notnull,unique" json:"name"`

	Countries []*Country `bun:"rel:has-many,join:code=continent_code" json:"countries,omitempty"`
}

// Country is a country or territory with a code of its own.
type Country struct {
	bun.BaseModel `bun:"table:countries"`

	Code            string   `bun:",pk" json:"code"`
	Name            string   `bun:",notnull,unique" json:"name"`
	NativeName      string   `bun:",notnull" json:"native_name"`
	ContinentCode   string   `bun:",notnull" json:"continent_code"`
	Subregion       *string  `json:"subregion"`
	Capital         *string  `json:"capital"`
	Population      int64    `bun:",notnull" json:"population"`
	GDP             int64    `bun:"gdp,notnull" json:"gdp"`
	LiteracyPercent float64  `bun:",notnull" json:"literacy_percent"`
	Currencies      []string `bun:",array,notnull" json:"currencies"`
	CallingCodes    []int    `bun:"type:jsonb,notnull" json:"calling_codes"`

	Continent *Continent  `bun:"rel:belongs-to,join:continent_code=code" json:"continent,omitempty"`
	Languages []*Language `bun:"m2m:country_languages,join:Country=Language" json:"languages,omitempty"`
	Visits    []*Visit    `bun:"rel:has-many,join:code=country_code" json:"visits,omitempty"`
}

// Language is a language with its name in English and, where it is known, in itself.
type Language struct {
	bun.BaseModel `bun:"table:languages"`

	Code       string   `bun:",pk" json:"code"`
	Name       string   `bun:",notnull" json:"name"`
	NativeName *string  `json:"native_name"`
	Scripts    []string `bun:",array,notnull" json:"scripts"`

	Countries []*Country `bun:"m2m:country_languages,join:Language=Country" json:"countries,omitempty"`
}

// CountryLanguage says how many of a country's people use a language. Its two keys join countries and languages.
type CountryLanguage struct {
	bun.BaseModel `bun:"table:country_languages"`

	CountryCode  string  `bun:",pk" json:"country_code"`
	LanguageCode string  `bun:",pk" json:"language_code"`
	Percentage   float64 `bun:"type:numeric(5,2),notnull" json:"percentage"`
	Official     bool    `bun:",notnull" json:"official"`
	Status       *string `json:"status"`

	Country  *Country  `bun:"rel:belongs-to,join:country_code=code" json:"country,omitempty"`
	Language *Language `bun:"rel:belongs-to,join:language_code=code" json:"language,omitempty"`
}

// Visit is what callers write: who went where, when, and how it was. A visitor is in a country once a day.
type Visit struct {
	bun.BaseModel `bun:"table:visits"`

	ID          int64          `bun:",pk,autoincrement" json:"id"`
	CountryCode string         `bun:",notnull,unique:visit" json:"country_code" validate:"required,len=2"`
	Visitor     string         `bun:",notnull,unique:visit" json:"visitor" validate:"required,max=80"`
	VisitedOn   time.Time      `bun:"type:date,nullzero,notnull,default:current_date,unique:visit" json:"visited_on"`
	Rating      int            `bun:",notnull" json:"rating" validate:"min=1,max=5"`
	Note        *string        `json:"note" validate:"omitempty,max=2000"`
	Details     map[string]any `bun:"type:jsonb,nullzero" json:"details"`
	CreatedAt   time.Time      `bun:",nullzero,notnull,default:current_timestamp" json:"created_at"`

	Country *Country `bun:"rel:belongs-to,join:country_code=code" json:"country,omitempty"`
}
