"""Choreography: beats in time, places on the stage, poses of bodies, sounds of contacts."""
