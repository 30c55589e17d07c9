"""What client keys are held to: counted, set aside, and given back."""
