// A module of its own, so that the client's dependencies stay out of the library's.
module github.com/groundwork-go/groundwork/.ci/clients/postgrest-go

go 1.26.0

require (
	github.com/stretchr/testify v1.12.1
	github.com/supabase-community/postgrest-go v0.0.11
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
