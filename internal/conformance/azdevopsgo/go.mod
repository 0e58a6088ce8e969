module github.com/itsmkit/itsmkit/internal/conformance/azdevopsgo

go 1.26.0

require (
	github.com/itsmkit/itsmkit v0.0.0
	github.com/microsoft/azure-devops-go-api/azuredevops/v7 v7.1.0
)

require (
	github.com/google/uuid v1.1.1 // indirect
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	golang.org/x/oauth2 v0.38.0 // indirect
)

replace github.com/itsmkit/itsmkit => ../../..
