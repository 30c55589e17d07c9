"""Pictures, clips and sounds: kept by content under random names, and reached by signed links."""
